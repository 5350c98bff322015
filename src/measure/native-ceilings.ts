/** The ceilings of a native backend's instruction set, on a separate host. */

import type { BackendName } from "../engine/backend/names.ts";
import { NativeHost } from "../engine/backend/native/native-host.ts";
import { nativeTargets } from "../engine/jit/features.ts";
import type { Platform } from "../platform/platform.ts";
import { type CeilingOptions, type Ceilings, measureCeilings } from "./ceilings.ts";

/** Undefined if the backend is not native. Throws DeviceError if this machine cannot run generated machine code. */
export async function nativeCeilings(
  { native }: Platform,
  backend: BackendName | string,
  threads: number,
  options?: CeilingOptions,
): Promise<Ceilings | undefined> {
  if (native === undefined) return undefined;
  const machine = native.open();
  const target = nativeTargets(machine).find(({ isa }) => isa === backend);
  if (target === undefined) return undefined;
  using host = new NativeHost(target, machine, native.startThreads(threads));
  return await measureCeilings(host, options);
}
