/** A queue from a producer to one reader: items, then a final result or error. */

/** Reads a channel. `return`, which leaving a `for await` calls, gives up at once, even before the first `next`. */
class Reader<Item> implements AsyncIterableIterator<Item> {
  readonly #take: () => Promise<IteratorResult<Item, void>>;
  readonly #leave: () => void;
  #done = false;

  constructor(take: () => Promise<IteratorResult<Item, void>>, leave: () => void) {
    this.#take = take;
    this.#leave = leave;
  }

  async next(): Promise<IteratorResult<Item, void>> {
    if (this.#done) return { done: true, value: undefined };
    const found = await this.#take();
    if (found.done) this.#done = true;
    return found;
  }
  async return(): Promise<IteratorResult<Item, void>> {
    if (!this.#done) this.#leave();
    this.#done = true;
    return { done: true, value: undefined };
  }
  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Items from a producer to one reader. */
export class Channel<Item, Result> {
  readonly #items: Item[] = [];
  #end: { readonly result: Result } | { readonly error: unknown } | undefined;
  #wake: (() => void)[] = [];
  #awaited = false;
  #left = false;
  #abandoned = false;

  push(item: Item): void {
    if (this.#left) return;
    this.#items.push(item);
    this.#notify();
  }
  close(result: Result): void {
    this.#end ??= { result };
    this.#notify();
  }
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#notify();
  }

  /** True once the reader has left and nobody waits for the result, so further items would be useless. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  async #take(): Promise<IteratorResult<Item, void>> {
    while (true) {
      if (this.#left) return { done: true, value: undefined };
      if (this.#items.length > 0) return { done: false, value: this.#items.shift() as Item };
      if (this.#end === undefined) await this.#change();
      else if ("error" in this.#end) throw this.#end.error;
      else return { done: true, value: undefined };
    }
  }

  /** Yields items as they arrive; throws the final error, if any. */
  read(): AsyncIterableIterator<Item> {
    return new Reader(
      () => this.#take(),
      () => {
        this.#left = true;
        this.#abandoned = !this.#awaited;
        this.#items.length = 0;
        this.#notify();
      },
    );
  }

  /** Waits for the end, whether or not anyone reads the items. */
  async result(): Promise<Result> {
    this.#awaited = true;
    while (this.#end === undefined) await this.#change();
    if ("error" in this.#end) throw this.#end.error;
    return this.#end.result;
  }
}

/** Maps each item with `change`; items for which it returns undefined are skipped. */
export function pick<Item, Other>(
  items: AsyncIterableIterator<Item>,
  change: (item: Item) => Other | undefined,
): AsyncIterableIterator<Other> {
  const take = async (): Promise<IteratorResult<Other, void>> => {
    while (true) {
      const found = await items.next();
      if (found.done) return { done: true, value: undefined };
      const value = change(found.value);
      if (value !== undefined) return { done: false, value };
    }
  };
  return new Reader(take, () => void items.return?.());
}

/** Maps each item to any number of others, with more after the last one. */
export function spread<Item, Other>(
  items: AsyncIterableIterator<Item>,
  change: (item: Item) => readonly Other[],
  end: () => readonly Other[],
): AsyncIterableIterator<Other> {
  const ready: Other[] = [];
  let isDone = false;
  const take = async (): Promise<IteratorResult<Other, void>> => {
    while (ready.length === 0 && !isDone) {
      const found = await items.next();
      isDone = found.done === true;
      ready.push(...(found.done ? end() : change(found.value)));
    }
    const value = ready.shift();
    return value === undefined ? { done: true, value: undefined } : { done: false, value };
  };
  return new Reader(take, () => void items.return?.());
}
