/** CRC-32 of ZIP (polynomial 0xEDB88320, reflected), eight bytes per step. */

const SLICES = 8;

/** TABLES[k * 256 + byte]: the effect of a byte followed by k more bytes. */
const TABLES = new Uint32Array(SLICES * 256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  TABLES[byte] = value;
}
for (let at = 256; at < TABLES.length; at++) {
  const before = TABLES[at - 256];
  TABLES[at] = (before >>> 8) ^ TABLES[before & 0xff];
}

/** The checksum of `bytes`, as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array): number {
  const table = TABLES;
  let crc = 0xffffffff;
  let at = 0;
  for (const end = bytes.length - (SLICES - 1); at < end; at += SLICES) {
    const low = crc ^ (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
    crc =
      table[1792 + (low & 0xff)] ^
      table[1536 + ((low >>> 8) & 0xff)] ^
      table[1280 + ((low >>> 16) & 0xff)] ^
      table[1024 + (low >>> 24)] ^
      table[768 + bytes[at + 4]] ^
      table[512 + bytes[at + 5]] ^
      table[256 + bytes[at + 6]] ^
      table[bytes[at + 7]];
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ table[(crc ^ bytes[at]) & 0xff];
  return ~crc >>> 0;
}
