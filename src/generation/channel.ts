/** A queue between a producer and one reader: items, then an end that is a result or an error. */

export class Channel<Item, Result> {
  readonly #items: Item[] = [];
  #end: { readonly result: Result } | { readonly error: unknown } | undefined;
  #wake: (() => void)[] = [];

  push(item: Item): void {
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

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** Items as they come; throws the error at the end if there is one. */
  async *read(): AsyncGenerator<Item, void, void> {
    while (true) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#end === undefined) await this.#change();
      else if ("error" in this.#end) throw this.#end.error;
      else return;
    }
  }

  /** Waits for the end, whether or not the items are read. */
  async result(): Promise<Result> {
    while (this.#end === undefined) await this.#change();
    if ("error" in this.#end) throw this.#end.error;
    return this.#end.result;
  }
}
