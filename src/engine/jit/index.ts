/** The kernel language; see docs/kernels.md. */

export {
  type Arguments,
  type Kernel,
  KernelBuilder,
  kernel,
  type Parameters,
  writeArguments,
} from "./builder.ts";
export {
  compileModule,
  instantiateKernels,
  isShared,
  mapKernels,
  type NativeKernels,
  type WasmKernels,
} from "./execution.ts";
export { type CpuFeatures, detectFeatures, hasRelaxedSimd, nativeTargets } from "./features.ts";
export { interpret } from "./interpreter/interpreter.ts";
export { KernelError, type Kind, type Program, type Relation } from "./ir.ts";
export type { AddressOperand, Operand } from "./language/core.ts";
export { Value, Variable } from "./language/core.ts";
export { avx2, avx512, interpreted, type Target, wasm } from "./target.ts";
