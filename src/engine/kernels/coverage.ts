/**
 * The ops that have no kernel, and why. A test compares this list with the table of kernels in both directions, so
 * every gap is declared here. The reference has no gaps: every op has its own loops. The kernel backends (machine
 * code and WebAssembly) share the table of kernels, so they share the gaps.
 */
import type { OpName } from "../graph/ops/table.ts";

export const OPS_WITHOUT_KERNEL: Readonly<Partial<Record<OpName, string>>> = {};
