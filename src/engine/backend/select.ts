/**
 * The backends, and the choice of one: by name, or the best that works on this machine. An automatic choice reports why
 * better backends were passed over. A backend that is requested by name works or fails.
 */
import { DeviceError, RequestError, UnsupportedError } from "../../base/errors.ts";
import type { Platform } from "../../platform/platform.ts";
import type { Backend } from "./backend.ts";
import { BACKEND_NAMES, type BackendName } from "./names.ts";

export interface BackendOptions {
  /** Name of a backend (default: CRIA_BACKEND, else the best that works on this machine). */
  readonly name?: string | undefined;
  /** Threads that compute (default: one per processor). */
  readonly threads?: number | undefined;
}

export interface Chosen<Result> {
  readonly backend: Backend;
  readonly result: Result;
  /** Why each better backend was not chosen, one sentence each. */
  readonly passedOver: readonly string[];
}

type Start = (platform: Platform, threads: number) => Promise<Backend>;

/** A process runs one of them, so the code of each is loaded when it is tried. */
const BACKENDS: Readonly<Record<BackendName, Start>> = {
  avx512: startNative("avx512"),
  avx2: startNative("avx2"),
  wasm: async ({ wasm }, threads) => (await import("./wasm/wasm.ts")).wasmBackend(wasm, threads),
  reference: async () => (await import("./reference/reference.ts")).referenceBackend(),
};

function startNative(name: "avx512" | "avx2"): Start {
  return async ({ native }, threads) =>
    (await import("./native/native.ts")).nativeBackend(name, native, threads);
}

function checkThreads(threads: number): void {
  if (Number.isSafeInteger(threads) && threads >= 1 && threads <= 1024) return;
  throw new RequestError({ doing: "choose a backend", expected: "1 to 1024 threads", found: `${threads}` });
}

/** The names to try: the requested one, or all. */
function candidates(name: string | undefined): readonly BackendName[] {
  if (name === undefined) return BACKEND_NAMES;
  if (Object.hasOwn(BACKENDS, name)) return [name as BackendName];
  throw new RequestError({
    doing: "choose a backend",
    expected: BACKEND_NAMES.join(", "),
    found: `"${name}"`,
  });
}

/**
 * Starts the best backend with which `use` succeeds. A backend that this machine cannot run, or that has no kernel
 * for a model's types, is passed over. If a backend is requested by name, its error is thrown instead.
 * @throws RequestError for an unknown name or an invalid number of threads.
 */
export async function chooseBackend<Result>(
  platform: Platform,
  { name = platform.environment("CRIA_BACKEND"), threads = platform.coreCount }: BackendOptions,
  use: (backend: Backend) => Result | Promise<Result>,
): Promise<Chosen<Result>> {
  checkThreads(threads);
  const names = candidates(name);
  const passedOver: string[] = [];
  for (const candidate of names) {
    let backend: Backend | undefined;
    try {
      backend = await BACKENDS[candidate](platform, threads);
      const result = await use(backend);
      return { backend, result, passedOver: [...passedOver, ...(backend.passedOver ?? [])] };
    } catch (error) {
      backend?.dispose();
      const another = error instanceof DeviceError || error instanceof UnsupportedError;
      if (!another || candidate === names.at(-1)) throw error;
      passedOver.push(error.message);
    }
  }
  throw new Error("Internal error: no backend was tried");
}

/** Chooses a backend without a use, for tools. */
export function selectBackend(platform: Platform, options: BackendOptions = {}): Promise<Chosen<undefined>> {
  return chooseBackend(platform, options, () => undefined);
}
