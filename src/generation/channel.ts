/** A queue between a producer and one reader: items, then an end that is a result or an error. */

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

  /** True once the reader has left while nobody waited for the result: there is no use in going on. */
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

  /** Items as they come; throws the error at the end if there is one. */
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

  /** Waits for the end, whether or not the items are read. */
  async result(): Promise<Result> {
    this.#awaited = true;
    while (this.#end === undefined) await this.#change();
    if ("error" in this.#end) throw this.#end.error;
    return this.#end.result;
  }
}

/** What `change` makes of each item, and nothing for those of which it makes undefined. */
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
