/** The native backends: kernels as machine code for AVX-512 or AVX2, on worker threads. */
import { DeviceError } from "../../../base/errors.ts";
import type { NativePlatform } from "../../../platform/platform.ts";
import { detectFeatures, nativeTargets } from "../../jit/features.ts";
import type { Backend } from "../backend.ts";
import { kernelBackend } from "../program/kernel-backend.ts";
import { NativeHost } from "./native-host.ts";

/** Throws DeviceError if this machine cannot run the instruction set, or cannot run machine code at all. */
export function nativeBackend(
  isa: "avx512" | "avx2",
  platform: NativePlatform | undefined,
  threads: number,
): Backend {
  const doing = `use the backend ${isa}`;
  if (platform === undefined)
    throw new DeviceError({ doing, found: "a machine that cannot run Cria's machine code" });
  const machine = platform.open();
  const features = detectFeatures(machine);
  const target = nativeTargets(machine, features).find((candidate) => candidate.isa === isa);
  if (target === undefined) {
    throw new DeviceError({ doing, expected: `a processor with ${isa}`, found: features.name });
  }
  const host = new NativeHost(target, machine, platform.startThreads(threads));
  const named = [...target.native].filter((op) => op === "dot4" || op === "bf16");
  const extras = named.length === 0 ? "" : ` with ${named.join(", ")}`;
  return kernelBackend(host, isa, `${features.name}, ${isa}${extras}`);
}
