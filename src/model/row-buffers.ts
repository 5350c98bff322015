/** Buffers for the logits of a step, which the next step that gets them overwrites: new memory for each token costs more. */

/** Rows that are kept; others are new each time, so that scoring a long prompt keeps nothing. */
const MOST_ROWS = 16;

export class RowBuffers {
  readonly #buffers: Float32Array[] = [];
  #used = 0;

  /** Call this before a step: the buffers may be used again. */
  reuse(): void {
    this.#used = 0;
  }

  /** A copy of the row. */
  copy(row: Float32Array): Float32Array {
    const index = this.#used++;
    if (index >= MOST_ROWS) return row.slice();
    if (this.#buffers[index]?.length !== row.length) this.#buffers[index] = new Float32Array(row.length);
    this.#buffers[index].set(row);
    return this.#buffers[index];
  }
}
