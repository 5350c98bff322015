/** Which backends exist and how one is chosen: by name, or the best that works here. */
import { RequestError } from "../../base/errors.ts";
import type { Backend } from "./backend.ts";
import { referenceBackend } from "./reference.ts";

/** Best first. */
const BACKENDS = {
  reference: referenceBackend,
} as const satisfies Record<string, () => Backend>;

export type BackendName = keyof typeof BACKENDS;
export const BACKEND_NAMES = Object.keys(BACKENDS) as BackendName[];

/** The backend of this name, or the best one. Throws RequestError for a name that does not exist. */
export function selectBackend(name: string = BACKEND_NAMES[0]): Backend {
  if (Object.hasOwn(BACKENDS, name)) return BACKENDS[name as BackendName]();
  throw new RequestError({
    doing: "choose a backend",
    expected: BACKEND_NAMES.join(", "),
    found: `"${name}"`,
  });
}
