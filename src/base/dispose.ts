/**
 * The keys of explicit resource management, also for runtimes without it (Safari, older Chrome and Firefox,
 * the realms of test runners). There they are the symbols that bundlers' helpers for `using` look up.
 */

/** `Symbol.dispose`, or its substitute. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** `Symbol.asyncDispose`, or its substitute. */
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
