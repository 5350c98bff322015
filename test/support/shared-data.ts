/**
 * The large fixtures are stored outside the repository, in `../shared/data`. Tests use them if present and say so
 * if absent: `describe.skipIf(!sharedData)` plus `sharedPath`.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder =
  process.env.CRIA_SHARED_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));

/** True if the shared fixtures are present. */
export const sharedData = existsSync(folder);

/** Path of a shared fixture: `sharedPath("checkpoints/stories260K.bin")`. */
export function sharedPath(relative: string): string {
  return `${folder}/${relative}`;
}
