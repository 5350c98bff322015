/**
 * GPT-2's alphabet of bytes: every byte is one printable character, so that vocabularies of byte strings can
 * be stored in text files. Printable Latin-1 bytes map to themselves; the other 68 are U+0100, U+0101, … in
 * order.
 */

const CHAR_CODES = new Uint16Array(256);
const BYTES = new Int16Array(0x144).fill(-1);

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

let next = 0x100;
for (let byte = 0; byte < 256; byte++) {
  const code = isPrintable(byte) ? byte : next++;
  CHAR_CODES[byte] = code;
  BYTES[code] = byte;
}

const encoder = new TextEncoder();

/** The character of each byte. */
export const BYTE_CHARS: readonly string[] = Array.from(CHAR_CODES, (code) => String.fromCharCode(code));

/** Bytes as text in the alphabet. */
export function bytesToAlphabet(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += BYTE_CHARS[byte];
  return text;
}

/** Bytes of a piece; a character outside the alphabet becomes its UTF-8 bytes. */
export function alphabetToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const byte = code < BYTES.length ? BYTES[code] : -1;
    if (byte < 0) return mixedToBytes(text);
    bytes[i] = byte;
  }
  return bytes;
}

function mixedToBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const byte = code < BYTES.length ? BYTES[code] : -1;
    if (byte >= 0) bytes.push(byte);
    else bytes.push(...encoder.encode(char));
  }
  return Uint8Array.from(bytes);
}
