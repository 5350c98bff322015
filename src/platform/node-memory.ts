/** The maximum memory of this process. */
import { totalmem } from "node:os";

/** Bytes of the machine, or of its container if that has a limit. */
export function memoryBytes(): number {
  const limit = process.constrainedMemory(); // 0, or more than all memory, if there is none
  const total = totalmem();
  return limit > 0 && limit < total ? limit : total;
}
