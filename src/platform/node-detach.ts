/**
 * Takes ArrayBuffers over foreign memory back before that memory goes: their views become empty, so that none can
 * ever point at memory that is no longer there.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Transfer = (this: ArrayBuffer) => ArrayBuffer;

/**
 * `ArrayBuffer.prototype.transfer`, the one way to detach a buffer over foreign memory: structuredClone
 * silently copies such a buffer instead. Node 20 has the method behind a V8 flag that is read when a context
 * is made, so it is borrowed from a new context; it works on buffers of every context.
 */
function findTransfer(): Transfer | undefined {
  const own = (ArrayBuffer.prototype as { transfer?: Transfer }).transfer;
  if (own !== undefined) return own;
  try {
    setFlagsFromString("--harmony-rab-gsab-transfer");
    return runInNewContext("ArrayBuffer.prototype.transfer") as Transfer | undefined;
  } catch {
    return undefined;
  } finally {
    setFlagsFromString("--no-harmony-rab-gsab-transfer");
  }
}

let transfer: Transfer | undefined | null = null;
/** Empties every view of the buffer. False where the runtime cannot do it. */
export function detach(buffer: ArrayBuffer): boolean {
  if (transfer === null) transfer = findTransfer();
  try {
    transfer?.call(buffer);
  } catch {} // a buffer that may not be detached
  return buffer.byteLength === 0;
}

/** Registries that wait for buffers; held here, since a registry that is itself collected never calls back. */
const waiting = new Set<FinalizationRegistry<undefined>>();

/** For a runtime that cannot detach foreign buffers: `free` is called when the last of them is garbage. */
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
