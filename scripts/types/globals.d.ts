/**
 * What Cria's declarations name of the runtime, for programs that include neither the DOM's types nor Node's. Where these
 * are included, the declarations merge.
 */
/// <reference lib="esnext.disposable" />
interface AbortSignal {
  readonly aborted: boolean;
}
interface URL {
  toString(): string;
}
declare namespace WebAssembly {
  interface Module {
    toString(): string;
  }
  interface Memory {
    toString(): string;
  }
}
