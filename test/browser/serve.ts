/** A web server for one page and its files, with or without the headers that isolate it from other origins. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
  json: "application/json",
  svg: "image/svg+xml",
  webmanifest: "application/manifest+json",
};

export interface PageServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves these bytes by their paths, on a free port of this machine. "/" is "/index.html". */
export async function servePage(
  files: ReadonlyMap<string, Uint8Array | string>,
  { isolated }: { isolated: boolean },
): Promise<PageServer> {
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : (request.url ?? "");
    const body = files.get(path);
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    const headers = {
      "Content-Type": `${type}; charset=utf-8`,
      ...(isolated ? ISOLATION : {}),
    };
    response.writeHead(body === undefined ? 404 : 200, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
