/**
 * The big fixtures live outside the repository, in `../shared/data`. Tests that need them use them when they
 * are there and say so when they are not: `describe.skipIf(!sharedData)` plus `sharedPath`.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder =
  process.env.CRIA_SHARED_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));

/** True where the shared fixtures are present. */
export const sharedData = existsSync(folder);

/** Path of a shared fixture: `sharedPath("checkpoints/stories260K.bin")`. */
export function sharedPath(relative: string): string {
  return `${folder}/${relative}`;
}
