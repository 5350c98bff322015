/**
 * The service worker: it keeps the page for use without a network and, on hosts that set no headers, isolates the page from
 * other origins, which is what shared memory and so the engine's threads need.
 */

/** Registers the worker. On a page that is not isolated and could be, loads the page once more under the worker. */
export async function isolatePage(): Promise<void> {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  try {
    await navigator.serviceWorker.register("service-worker.js");
    if (!(await isReady())) return;
  } catch {
    return; // private windows; the engine then has one thread
  }
  if (crossOriginIsolated || sessionStorage.getItem("cria-isolated") !== null) return;
  sessionStorage.setItem("cria-isolated", "tried");
  location.reload();
  await new Promise(() => {});
}

/** Milliseconds after which a page starts without the worker. */
const PATIENCE = 3000;

/** Browsers that forbid service workers may never say so. */
function isReady(): Promise<boolean> {
  return Promise.race([
    navigator.serviceWorker.ready.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PATIENCE)),
  ]);
}

/** Milliseconds after which the page has probably loaded what it needs at first. */
const SETTLED = 10_000;

/** Registers the worker without waiting for it; later it keeps what the page has not used yet. */
export function keepOffline(): void {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  navigator.serviceWorker.register("service-worker.js").catch(() => {});
  setTimeout(async () => (await navigator.serviceWorker.ready).active?.postMessage("keep all"), SETTLED);
}
