/**
 * Runtime types that Cria's declarations name, for programs that include neither the DOM's types nor Node's. If these
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
