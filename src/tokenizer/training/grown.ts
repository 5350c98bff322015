/** Typed arrays that grow. */

type Growable = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** A copy with room for at least `least` elements, and at least 1.5 times the previous length. */
export function grown<T extends Growable>(array: T, least: number): T {
  const length = Math.max(least, Math.ceil(array.length * 1.5));
  const copy = new (array.constructor as new (length: number) => T)(length);
  copy.set(array);
  return copy;
}
