/**
 * Makes training.json: PyTorch's results for the small training runs. Needs python3 with torch.
 *
 *     npx tsx --conditions=cria-source test/golden/make-training.ts
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { GOLDEN_CONFIGS, type GoldenRun, goldenJob } from "../support/training-golden.ts";

const script = resolve(import.meta.dirname, "../../src/measure/peers/pytorch-train.py");
const runs = Object.entries(GOLDEN_CONFIGS).map(([name, config]) => {
  const input = JSON.stringify(goldenJob(config));
  const output = execFileSync("/usr/bin/python3", [script], { input, maxBuffer: 1 << 26, encoding: "utf8" });
  return [name, JSON.parse(output) as GoldenRun] as const;
});
const target = resolve(import.meta.dirname, "training.json");
writeFileSync(target, `${JSON.stringify(Object.fromEntries(runs), null, 1)}\n`);
console.log(`wrote ${target}`);
