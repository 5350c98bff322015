/**
 * The int8 groups of llama2.c version 2: `groupSize` consecutive values of the flattened tensor share one f32
 * scale; value = q · scale with q in [−127, 127]. A tensor's q are stored first, then its scales. Groups may
 * cross the ends of rows.
 */

/** The tensor's values, from its bytes in the file (q, then scales). */
export function decodeGroups(
  bytes: Uint8Array,
  length: number,
  groupSize: number,
): Float32Array<ArrayBuffer> {
  const q = new Int8Array(bytes.buffer, bytes.byteOffset, length);
  const scales = new DataView(bytes.buffer, bytes.byteOffset + length);
  const values = new Float32Array(length);
  for (let group = 0, start = 0; start < length; group++, start += groupSize) {
    const scale = scales.getFloat32(4 * group, true);
    for (let i = start; i < start + groupSize; i++) values[i] = q[i] * scale;
  }
  return values;
}

/** Rounds to nearest, ties to even, as PyTorch does. */
function roundEven(value: number): number {
  const rounded = Math.round(value); // ties go up
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Scale = largest magnitude / 127, in f32 like upstream; a group of zeros has scale 0. */
export function encodeGroups(
  values: Float32Array,
  groupSize: number,
): { q: Int8Array; scales: Float32Array } {
  const q = new Int8Array(values.length);
  const scales = new Float32Array(values.length / groupSize);
  for (let group = 0; group < scales.length; group++) {
    const start = group * groupSize;
    let max = 0;
    for (let i = start; i < start + groupSize; i++) max = Math.max(max, Math.abs(values[i]));
    scales[group] = max / 127;
    const scale = scales[group];
    if (scale === 0) continue;
    for (let i = start; i < start + groupSize; i++) q[i] = roundEven(Math.fround(values[i] / scale));
  }
  return { q, scales };
}
