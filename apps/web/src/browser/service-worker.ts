/**
 * Keeps the page's files, so that it opens without a network, and adds the headers that isolate it. The page itself is
 * fetched anew whenever there is a network; files with a hash in their names never change. Requests of the API pass by.
 * What the page does not need at first is kept when it is used, or when the page says that it has nothing else to do.
 */
const scope = globalThis as unknown as ServiceWorkerGlobalScope;
const CACHE = "cria-page-1";
/** What the page says. */
const KEEP_ALL = "keep all";

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
      await cache.addAll(["./", ...(await ownFiles()).first]);
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

scope.addEventListener("message", (event) => {
  if (event.data === KEEP_ALL) event.waitUntil(keepAll());
});

/** Keeps what was not used yet, and drops files of earlier builds. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  const { first, later } = await ownFiles();
  for (const name of later) if ((await cache.match(name)) === undefined) await cache.add(name);
  const own = new Set([...first, ...later].map((name) => new URL(name, location.href).href));
  for (const { url } of await cache.keys()) if (HASHED.test(url) && !own.has(url)) await cache.delete(url);
}

const ownFiles = async (): Promise<{ readonly first: string[]; readonly later: string[] }> =>
  (await fetch("files.json")).json();

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
    kind: "message",
    listener: (event: { readonly data: unknown; waitUntil(done: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(
    kind: "fetch",
    listener: (event: { readonly request: Request; respondWith(answer: Promise<Response>): void }) => void,
  ): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}
