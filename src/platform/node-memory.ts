/** How much memory this process could have. */
import { totalmem } from "node:os";

/** Bytes: the machine's, or what its container may use, where that says so. */
export function memoryBytes(): number {
  const limit = process.constrainedMemory(); // 0, or beyond all memory, where there is none
  const total = totalmem();
  return limit > 0 && limit < total ? limit : total;
}
