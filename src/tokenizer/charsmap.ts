/**
 * SentencePiece's precompiled map of characters (normalizer.cc): a double-array trie over UTF-8 keys (Darts-clone)
 * whose values are offsets into a block of NUL-terminated replacements.
 *
 *     u32 trieByteLength | trie: u32 units | replacements: text NUL text NUL …
 *
 *     unit, inner:  31      30 … 10   9      8        7 … 0
 *                   0       offset    wide   hasLeaf  label
 *     unit, leaf:   1       value (31 bits)
 *
 * The longest matching key is replaced; a character without a key is kept.
 */
import { FormatError } from "../base/errors.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

class Trie {
  readonly #units: DataView;
  readonly #length: number;

  constructor(bytes: Uint8Array) {
    this.#units = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#length = bytes.byteLength >>> 2;
  }

  /** An index outside the trie reads as a unit that matches no label. */
  #unit(at: number): number {
    return at >= 0 && at < this.#length ? this.#units.getUint32(at * 4, true) : 0x8000_0000;
  }

  /** Longest key that starts at `text[start]`: its value and byte length, or undefined. */
  longest(text: Uint8Array, start: number): { value: number; byteLength: number } | undefined {
    let found: { value: number; byteLength: number } | undefined;
    let at = offsetOf(this.#unit(0));
    for (let i = start; i < text.length; i++) {
      at = (at ^ text[i]) >>> 0;
      const unit = this.#unit(at);
      if ((unit & 0x8000_00ff) !== text[i]) break;
      at = (at ^ offsetOf(unit)) >>> 0;
      if (unit & 0x100) found = { value: this.#unit(at) & 0x7fff_ffff, byteLength: i + 1 - start };
    }
    return found;
  }
}

/** Distance to the children: 21 bits, in steps of 256 if the wide bit is set. */
function offsetOf(unit: number): number {
  return ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;
}

function utf8Length(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/**
 * Compiles a map into a function on text.
 * @param name the vocabulary's, for messages. Throws FormatError if the blob is truncated.
 */
export function createCharsmap(blob: Uint8Array, name: string): (text: string) => string {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const trieByteLength = blob.byteLength < 4 ? 0 : view.getUint32(0, true);
  if (trieByteLength === 0 || trieByteLength % 4 !== 0 || trieByteLength > blob.byteLength - 4) {
    throw new FormatError({
      doing: `read the character map of "${name}"`,
      expected: `a trie of whole 32-bit units within ${blob.byteLength} bytes`,
      found: `a length of ${trieByteLength}`,
      fix: "the file is damaged or hostile",
    });
  }
  const trie = new Trie(blob.subarray(4, 4 + trieByteLength));
  const replacements = blob.subarray(4 + trieByteLength);
  const replacementAt = (offset: number): Uint8Array => {
    if (offset >= replacements.byteLength) return new Uint8Array(0);
    const end = replacements.indexOf(0, offset);
    return replacements.subarray(offset, end < 0 ? replacements.byteLength : end);
  };
  return (text) => {
    const bytes = encoder.encode(text);
    const out: string[] = [];
    let kept = 0;
    for (let at = 0; at < bytes.length; ) {
      const match = trie.longest(bytes, at);
      if (match === undefined) {
        at += utf8Length(bytes[at]);
        continue;
      }
      if (at > kept) out.push(decoder.decode(bytes.subarray(kept, at)));
      out.push(decoder.decode(replacementAt(match.value)));
      at += match.byteLength;
      kept = at;
    }
    if (kept === 0) return text;
    if (kept < bytes.length) out.push(decoder.decode(bytes.subarray(kept)));
    return out.join("");
  };
}
