/**
 * PyTorch as an oracle, if it is installed (Debian: `apt-get install python3-torch`). CRIA_PYTHON names an
 * interpreter other than /usr/bin/python3.
 */
import { spawnSync } from "node:child_process";

const python = process.env.CRIA_PYTHON ?? "/usr/bin/python3";

function canImport(module: string): boolean {
  return spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0;
}

/** True if Python can import torch; the second also requires safetensors. */
export const hasTorch = canImport("torch");
export const hasSafetensors = canImport("safetensors, numpy");

/** Adds to a test's title why it does not run. */
export function oracleTitle(title: string, present: boolean, module: string): string {
  return present ? title : `${title} (not run: ${python} cannot import ${module})`;
}

/** Runs a script with arguments and returns what it printed. Throws with its messages if it failed. */
export function runPython(script: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(python, ["-c", script, ...args], { encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`python failed:\n${stderr}`);
}
