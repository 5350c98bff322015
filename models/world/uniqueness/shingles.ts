/** Word 8-grams of a text, as 32-bit hashes. */

/** How many words make one gram. */
export const GRAM_WORDS = 8;

const WORD = /[a-z0-9']+/g;

function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return hash;
}

/** Mixes all bits, so that sums of word hashes spread over the table. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The different 8-grams of a text without case and punctuation. A text of fewer than eight words is one gram.
 * @returns hashes, each once; none is zero.
 */
export function gramsOf(text: string): Uint32Array {
  const words = text.toLowerCase().match(WORD) ?? [];
  const hashes = words.map(hashOf);
  const grams = new Set<number>();
  for (let start = 0; start === 0 || start + GRAM_WORDS <= hashes.length; start++) {
    let gram = 0;
    for (let i = start; i < Math.min(start + GRAM_WORDS, hashes.length); i++)
      gram = Math.imul(gram, 0x9e3779b1) + hashes[i];
    grams.add(mixed(gram) || 1);
  }
  return Uint32Array.from(grams);
}
