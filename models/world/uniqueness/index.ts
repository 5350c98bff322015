/**
 * Finds near-duplicates among documents: the share of 8-grams that two of them have in common, over the smaller
 * document's count. Exact but for collisions of 32-bit hashes. Memory: 24 bytes for each gram of all documents.
 */
import { gramsOf } from "./shingles.ts";

/** How much of a document is found in another one. */
export interface Overlap {
  /** The number of the earlier document, or -1 when none shares a gram. */
  readonly with: number;
  /** Between 0 and 1. */
  readonly share: number;
}

function grown<T extends Int32Array | Uint32Array>(array: T, make: (length: number) => T): T {
  const larger = make(array.length * 2);
  larger.set(array);
  return larger;
}

const int32 = (length: number): Int32Array => new Int32Array(length);
const uint32 = (length: number): Uint32Array => new Uint32Array(length);

/** An index of the documents seen so far: each gram has a chain of the documents that hold it. */
export class DocumentIndex {
  /** Open addressing: the gram at each slot (0 is empty), and the head of its chain plus one. */
  #grams = uint32(1 << 16);
  #heads = int32(1 << 16);
  #filled = 0;
  /** Chains: the document of an entry, and the next entry plus one. */
  #documents = int32(1 << 16);
  #next = int32(1 << 16);
  #entries = 0;
  /** By document: its count of grams, and a counter while one document is compared. */
  #sizes = int32(1 << 12);
  #shared = int32(1 << 12);
  #count = 0;

  /** How many documents it holds. */
  get count(): number {
    return this.#count;
  }

  /** The earlier document that shares most with a text. */
  overlap(text: string): Overlap {
    return this.#overlapOf(gramsOf(text));
  }

  /** Adds a text unless it shares more than `limit` with an earlier one. */
  admit(text: string, limit: number): Overlap {
    const grams = gramsOf(text);
    const overlap = this.#overlapOf(grams);
    if (overlap.share <= limit) this.#add(grams);
    return overlap;
  }

  #overlapOf(grams: Uint32Array): Overlap {
    const touched: number[] = [];
    for (const gram of grams) {
      for (let entry = this.#heads[this.#slotOf(gram)]; entry > 0; entry = this.#next[entry - 1]) {
        const document = this.#documents[entry - 1];
        if (this.#shared[document]++ === 0) touched.push(document);
      }
    }
    let best: Overlap = { with: -1, share: 0 };
    for (const document of touched) {
      const share = this.#shared[document] / Math.min(grams.length, this.#sizes[document]);
      if (share > best.share) best = { with: document, share };
      this.#shared[document] = 0;
    }
    return best;
  }

  #slotOf(gram: number): number {
    const mask = this.#grams.length - 1;
    let slot = gram & mask;
    while (this.#grams[slot] !== 0 && this.#grams[slot] !== gram) slot = (slot + 1) & mask;
    return slot;
  }

  #add(grams: Uint32Array): void {
    this.#makeRoom(grams.length);
    const document = this.#count++;
    this.#sizes[document] = grams.length;
    for (const gram of grams) {
      const slot = this.#slotOf(gram);
      if (this.#grams[slot] === 0) this.#filled++;
      this.#grams[slot] = gram;
      this.#documents[this.#entries] = document;
      this.#next[this.#entries] = this.#heads[slot];
      this.#heads[slot] = ++this.#entries;
    }
  }

  #makeRoom(added: number): void {
    while (this.#entries + added > this.#documents.length) {
      this.#documents = grown(this.#documents, int32);
      this.#next = grown(this.#next, int32);
    }
    if (this.#count === this.#sizes.length) {
      this.#sizes = grown(this.#sizes, int32);
      this.#shared = grown(this.#shared, int32);
    }
    while ((this.#filled + added) * 4 > this.#grams.length * 3) this.#rehash();
  }

  #rehash(): void {
    const [grams, heads] = [this.#grams, this.#heads];
    this.#grams = uint32(grams.length * 2);
    this.#heads = int32(grams.length * 2);
    grams.forEach((gram, i) => {
      if (gram === 0) return;
      const slot = this.#slotOf(gram);
      this.#grams[slot] = gram;
      this.#heads[slot] = heads[i];
    });
  }
}
