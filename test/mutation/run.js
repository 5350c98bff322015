/**
 * Removes and changes pieces of code that other code relies on, one at a time, and runs its tests. Prints every change
 * that no test detects. Takes some minutes; not part of `npm test`.
 *
 *     (cd test/mutation && npm install) && node test/mutation/run.js [FILE …]
 */
import { Stryker } from "@stryker-mutator/core";

const FILES = [
  "src/engine/graph/verify-plan.ts",
  "src/cache/pages.ts",
  "src/cache/prefix-tree.ts",
  "src/cache/sequence.ts",
  "src/generation/scheduler.ts",
];
const named = process.argv.slice(2);

const stryker = new Stryker({
  packageManager: "npm",
  testRunner: "vitest",
  plugins: [import.meta.resolve("@stryker-mutator/vitest-runner")],
  vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
  mutate: named.length > 0 ? named : FILES,
  // The tool does not know the API of TypeScript 7, so it must not find a configuration.
  tsconfigFile: "none.json",
  // The wording of messages is not tested here.
  mutator: { excludedMutations: ["StringLiteral", "ObjectLiteral"] },
  inPlace: false,
  tempDirName: "node_modules/.stryker",
  ignorePatterns: ["dist", "bench/results", "models"],
  concurrency: 2,
  timeoutMS: 20_000,
  timeoutFactor: 4,
  coverageAnalysis: "perTest",
  reporters: ["clear-text", "progress"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportMutants: true },
  thresholds: { high: 90, low: 80, break: null },
  allowConsoleColors: false,
});
const results = await stryker.runMutationTest();
const count = (status) => results.filter((result) => result.status === status).length;
const [killed, survived] = [count("Killed") + count("Timeout"), count("Survived") + count("NoCoverage")];
console.log(
  JSON.stringify({ files: named.length > 0 ? named : FILES, mutants: results.length, killed, survived }),
);
