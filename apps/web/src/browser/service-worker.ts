/**
 * Keeps the page's files, so that it opens without a network, and adds the headers that isolate it. The page itself is
 * fetched anew whenever there is a network; files with a hash in their names never change. Requests of the API pass by.
 */
const scope = globalThis as unknown as ServiceWorkerGlobalScope;
const CACHE = "cria-page-1";

/** Names of built files: they have a hash. */
const HASHED = /-[\w-]{8}\.(?:m?js|css)$/;
/** Other files of the page. */
const OWN = /\/(?:index\.html|page\.json|icon\.svg|manifest\.webmanifest|files\.json)$|\/$|\.gguf$/;

const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

scope.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      const names: string[] = await (await fetch("files.json")).json();
      await cache.addAll(["./", ...names]);
      await scope.skipWaiting();
    })(),
  );
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name !== CACHE && name.startsWith("cria-page-")) await caches.delete(name);
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const isOwn = url.origin === location.origin && request.method === "GET" && !request.headers.has("range");
  if (!isOwn) return;
  if (HASHED.test(url.pathname) || url.pathname.endsWith(".gguf")) event.respondWith(keptFirst(request));
  else if (request.mode === "navigate" || OWN.test(url.pathname)) event.respondWith(networkFirst(request));
});

async function keptFirst(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept !== undefined) return isolated(kept);
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone()).catch(() => {}); // the quota may be used up
  return isolated(response);
}

async function networkFirst(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const key = request.mode === "navigate" ? "./" : request;
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(key, response.clone()).catch(() => {});
    return isolated(response);
  } catch (error) {
    const kept = await cache.match(key, { ignoreVary: true, ignoreSearch: true });
    if (kept !== undefined) return isolated(kept);
    throw error;
  }
}

function isolated(response: Response): Response {
  if (response.type === "opaque" || response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/** The part of a service worker's global that the compiler's page library lacks. */
interface ServiceWorkerGlobalScope {
  addEventListener(
    kind: "install" | "activate",
    listener: (event: { waitUntil(done: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(
    kind: "fetch",
    listener: (event: { readonly request: Request; respondWith(answer: Promise<Response>): void }) => void,
  ): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}
