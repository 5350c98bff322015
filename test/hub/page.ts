/** The code of the test page: models by name in a browser. */
import { listModels, load, pruneModels, pull, removeModel, verifyModels } from "../../src/browser.ts";

/** Loads, generates, and tells what was fetched. */
async function run(name: string, endpoint: string, offline = false) {
  const hub = { endpoint, offline };
  let fetched = 0;
  const model = await load(name, {
    hub,
    acceptLicence: true,
    threads: 1,
    onProgress: (_done, _total, _step, transfer) => {
      fetched = transfer?.received ?? fetched;
    },
  });
  const { tokens } = await model.generate("ab", { maxTokens: 5, temperature: 0, ignoreEos: true }).result();
  await model.dispose();
  return { tokens: [...tokens], fetched };
}

/** Pulls until `stopAt` bytes came, or to the end. Returns what this call received, or the error. */
async function fetchSome(name: string, endpoint: string, stopAt: number): Promise<number | string> {
  const stop = new AbortController();
  let received = 0;
  try {
    await pull(name, {
      settings: { endpoint },
      acceptLicence: true,
      signal: stop.signal,
      retry: { attempts: 3, firstDelay: 1 },
      segmentBytes: 1_000_000,
      onProgress: (progress) => {
        received = progress.received;
        if (received >= stopAt) stop.abort(new Error("enough"));
      },
    });
    return received;
  } catch (error) {
    return received > 0 && stop.signal.aborted ? received : String(error);
  }
}

const store = async () => ({ models: await listModels(), ...(await verifyModels()) });
const inPage = { run, fetchSome, store, remove: removeModel, prune: pruneModels };

declare global {
  var hubPage: typeof inPage;
}
globalThis.hubPage = inPage;
