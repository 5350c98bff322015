/** A host of files for one page: isolated from other origins, compressed, with ranges, and with a count of what it sent. */
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline, Transform } from "node:stream";
import { brotliCompressSync, constants } from "node:zlib";

export interface CountingHost extends AsyncDisposable {
  readonly url: string;
  /** Bytes of bodies sent since the last call: models, and everything else. */
  sent(): { readonly model: number; readonly code: number };
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  css: "text/css",
  js: "text/javascript",
  json: "application/json",
  svg: "image/svg+xml",
  wasm: "application/wasm",
};
const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "max-age=3600",
};

/** @param find the file of a path on this host; undefined if there is none. */
export async function countingHost(find: (path: string) => string | undefined): Promise<CountingHost> {
  let counted = { model: 0, code: 0 };
  const compressed = new Map<string, Buffer>();
  const compress = (file: string): Buffer => {
    const bytes =
      compressed.get(file) ??
      brotliCompressSync(readFileSync(file), { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
    compressed.set(file, bytes);
    return bytes;
  };

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://host");
    const file = find(pathname);
    if (file === undefined || !existsSync(file))
      response.writeHead(404, HEADERS).end("There is no such file");
    else if (file.endsWith(".gguf")) sendModel(file, request, response);
    else sendCode(file, response);
  });

  function sendCode(file: string, response: ServerResponse): void {
    const bytes = compress(file);
    counted = { ...counted, code: counted.code + bytes.byteLength };
    const type = TYPES[file.slice(file.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    response
      .writeHead(200, {
        ...HEADERS,
        "content-type": type,
        "content-encoding": "br",
        "content-length": bytes.byteLength,
      })
      .end(bytes);
  }

  function sendModel(file: string, request: IncomingMessage, response: ServerResponse): void {
    const { size } = statSync(file);
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const start = from === undefined ? 0 : Number(from);
    const end = to === undefined || to === "" ? size - 1 : Math.min(Number(to), size - 1);
    response.writeHead(from === undefined ? 200 : 206, {
      ...HEADERS,
      etag: '"1"',
      "accept-ranges": "bytes",
      "content-length": end - start + 1,
      ...(from === undefined ? {} : { "content-range": `bytes ${start}-${end}/${size}` }),
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        counted = { ...counted, model: counted.model + chunk.byteLength };
        done(null, chunk);
      },
    });
    // A client that has enough ends the answer.
    pipeline(createReadStream(file, { start, end }), counter, response, () => {});
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent() {
      const before = counted;
      counted = { model: 0, code: 0 };
      return before;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
