/**
 * The keys of explicit resource management, also where the runtime has none (Safari, older Chrome and Firefox, the
 * realms of test runners). There they are the symbols that bundlers' helpers for `using` ask for.
 */

/** `Symbol.dispose`, or what stands in for it. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** `Symbol.asyncDispose`, or what stands in for it. */
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
