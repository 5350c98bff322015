/**
 * Detaches ArrayBuffers over foreign memory before that memory is freed: their views become empty, so that
 * none can ever point at freed memory.
 */
import { setFlagsFromString } from "node:v8";

type Transfer = (this: ArrayBuffer) => ArrayBuffer;

/**
 * `ArrayBuffer.prototype.transfer`, the only way to detach a buffer over foreign memory: structuredClone
 * silently copies such a buffer instead. Node 20 has the method behind a V8 flag that is read when a context
 * is created, so it is taken from a new context; it works on buffers of every context.
 */
function findTransfer(): Transfer | undefined {
  const own = (ArrayBuffer.prototype as { transfer?: Transfer }).transfer;
  if (own !== undefined) return own;
  try {
    setFlagsFromString("--harmony-rab-gsab-transfer");
    const { runInNewContext } = process.getBuiltinModule("node:vm");
    return runInNewContext("ArrayBuffer.prototype.transfer") as Transfer | undefined;
  } catch {
    return undefined;
  } finally {
    setFlagsFromString("--no-harmony-rab-gsab-transfer");
  }
}

let transfer: Transfer | undefined | null = null;
/** Empties every view of the buffer. False if the runtime cannot do it. */
export function detach(buffer: ArrayBuffer): boolean {
  if (transfer === null) transfer = findTransfer();
  try {
    transfer?.call(buffer);
  } catch {} // this buffer cannot be detached
  return buffer.byteLength === 0;
}

/** Registries that wait for buffers; referenced here, since a collected registry never calls back. */
const waiting = new Set<FinalizationRegistry<undefined>>();

/**
 * For a runtime that cannot detach foreign buffers: `free` is called when the last of them has been
 * garbage-collected.
 */
export function whenCollected(buffers: readonly ArrayBuffer[], free: () => void): void {
  let left = buffers.length;
  const registry = new FinalizationRegistry<undefined>(() => {
    left--;
    if (left > 0) return;
    free();
    waiting.delete(registry);
  });
  waiting.add(registry);
  for (const buffer of buffers) registry.register(buffer, undefined);
}
