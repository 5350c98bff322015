/**
 * The code of chats, structures and adapters, a third of a megabyte. `generate` and `chat` answer at once, so it must be
 * there before a model is given to a caller who may use it. A program that only continues texts does without.
 */
type Extras = typeof import("./extras.ts");

let loaded: Extras | undefined;

export async function loadExtras(): Promise<void> {
  loaded ??= await import("./extras.ts");
}

export function extras(): Extras {
  if (loaded === undefined) throw new Error("Internal error: a model was loaded only to continue texts");
  return loaded;
}
