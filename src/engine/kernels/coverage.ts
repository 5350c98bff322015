/**
 * Which ops have no kernel, and why. A test holds this list against the table of kernels in both directions, so a gap
 * is declared, never discovered. The reference has no gaps: every op carries its own loops. The kernel backends
 * (machine code and WebAssembly) share the table of kernels, so they share the gaps.
 */
import type { OpName } from "../graph/ops/table.ts";

export const OPS_WITHOUT_KERNEL: Readonly<Partial<Record<OpName, string>>> = {};
