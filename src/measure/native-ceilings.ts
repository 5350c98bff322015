/** The ceilings of a native backend's instruction set, on a separate host. */
import { DeviceError } from "../base/errors.ts";
import type { BackendName } from "../engine/backend/names.ts";
import { NativeHost } from "../engine/backend/native/native-host.ts";
import { nativeTargets } from "../engine/jit/features.ts";
import type { Platform } from "../platform/platform.ts";
import { type CeilingOptions, type Ceilings, measureCeilings, measureRead } from "./ceilings.ts";

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

/**
 * 10⁹ bytes per second that all threads read from memory in huge pages, where the system has them: the limit of
 * generation. Throws DeviceError if this machine cannot run generated machine code.
 */
export async function hugePageRead({ native }: Platform, threads: number): Promise<number> {
  const machine = native?.open();
  const target = machine && nativeTargets(machine)[0];
  if (native === undefined || machine === undefined || target === undefined) {
    throw new DeviceError({
      doing: "measure memory",
      expected: "a machine that runs generated code",
      found: "none",
    });
  }
  using host = new NativeHost(target, machine, native.startThreads(threads));
  return await measureRead(host, { joins: true });
}
