import { defineConfig } from "vitest/config";

/** Only the tests of the mutated files. */
export default defineConfig({
  resolve: { alias: { "#platform": new URL("../../src/platform/node.ts", import.meta.url).pathname } },
  test: {
    root: new URL("../..", import.meta.url).pathname,
    include: [
      "src/engine/graph/{plan,verify-plan,graph}.test.ts",
      "src/cache/*.test.ts",
      "src/generation/{generation,shared-prompts}.test.ts",
      "src/model/runner.test.ts",
    ],
    testTimeout: 20_000,
  },
});
