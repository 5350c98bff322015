/** The WebAssembly backend: the same kernels wherever JavaScript runs, on threads if memory can be shared. */
import { DeviceError } from "../../../base/errors.ts";
import type { WasmPlatform } from "../../../platform/wasm.ts";
import { hasRelaxedSimd } from "../../jit/features.ts";
import { wasm } from "../../jit/target.ts";
import type { Backend } from "../backend.ts";
import { kernelBackend } from "../program/kernel-backend.ts";
import { WasmHost } from "./wasm-host.ts";

/** True if the engine validates a function with a vector instruction. */
function hasSimd(): boolean {
  const body = [0x00, 0x41, 0, 0xfd, 0x0f, 0x0b];
  const bytes = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 5, 1, 0x60, 0, 1, 0x7b],
    ...[3, 2, 1, 0],
    ...[10, body.length + 2, 1, body.length, ...body],
  ];
  return WebAssembly.validate(Uint8Array.from(bytes));
}

/** Throws DeviceError without WebAssembly SIMD, or without memory for it. */
export function wasmBackend(platform: WasmPlatform, threads: number): Backend {
  if (typeof WebAssembly === "undefined" || !hasSimd()) {
    throw new DeviceError({
      doing: "use the backend wasm",
      expected: "an engine with WebAssembly SIMD128",
      found: "an engine without it",
    });
  }
  const { withoutThreads } = platform;
  platform.allowRelaxedSimd?.();
  const relaxed = hasRelaxedSimd();
  const host = new WasmHost(
    wasm({ relaxed }),
    withoutThreads === undefined ? (memory) => platform.startThreads(threads, memory) : undefined,
  );
  const simd = `WebAssembly SIMD128${relaxed ? " with relaxed dot products" : ""}`;
  const backend = kernelBackend(host, "wasm", simd);
  if (withoutThreads === undefined) return backend;
  return { ...backend, passedOver: [`WebAssembly runs on one thread only: ${withoutThreads}`] };
}
