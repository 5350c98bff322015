/**
 * The files of the chat page. The folder is listed once; a request can only name what was listed, so no path of a request
 * reaches the file system. Files are read and compressed when they are first asked for, and kept.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Types by ending. What is not listed is sent as bytes. */
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  webmanifest: "application/manifest+json",
  svg: "image/svg+xml",
  png: "image/png",
};
const COMPRESSED = /^(?:text\/|application\/(?:json|manifest)|image\/svg)/;

/** Scripts only from the page's own address; WebAssembly, and workers that the engine starts from blobs. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Isolation from other origins gives the engine in the page its threads. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  vary: "accept-encoding",
};

type Encoding = "br" | "gzip" | "";

interface Body {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly tag: string;
}

const ENCODERS: Readonly<Record<Encoding, (bytes: Uint8Array) => Uint8Array>> = {
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (bytes) => gzipSync(bytes, { level: 9 }),
  "": (bytes) => bytes,
};

export interface PageFilesOptions {
  /** Further files by their path in the page, such as a model: `{"/model.gguf": "/path/of/model.gguf"}`. */
  readonly others?: Readonly<Record<string, string>>;
  /** Texts that replace files of the folder. */
  readonly texts?: Readonly<Record<string, string>>;
}

export class PageFiles {
  readonly #paths: ReadonlyMap<string, string>;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #bodies = new Map<string, Body>();

  private constructor(paths: ReadonlyMap<string, string>, texts: ReadonlyMap<string, string>) {
    this.#paths = paths;
    this.#texts = texts;
  }

  /** The page in a folder; undefined if there is none, as in a checkout that has not been built. */
  static open(folder: string, { others = {}, texts = {} }: PageFilesOptions = {}): PageFiles | undefined {
    if (statSync(join(folder, "index.html"), { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    const names = readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
    const own = names.map((name) => [`/${name.split(sep).join("/")}`, join(folder, name)] as const);
    const further = Object.entries(others).filter(([, path]) => statSync(path, { throwIfNoEntry: false }));
    return new PageFiles(new Map([...own, ...further]), new Map(Object.entries(texts)));
  }

  /** The answer to a GET or HEAD request; undefined if the page has no such file. */
  answer(request: Request): Response | undefined {
    if (request.method !== "GET" && request.method !== "HEAD") return undefined;
    const { pathname } = new URL(request.url);
    const name = pathname === "/" ? "/index.html" : pathname;
    if (!this.#paths.has(name) && !this.#texts.has(name)) return undefined;
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    const encoding = COMPRESSED.test(type) ? acceptedEncoding(request.headers) : "";
    const { bytes, tag } = this.#body(name, encoding);
    const headers = {
      ...HEADERS,
      "content-type": type,
      etag: tag,
      // Names of built files have a hash of their content.
      "cache-control": /-[\w-]{8}\.m?js$|-[\w-]{8}\.css$/.test(name)
        ? "public, max-age=31536000, immutable"
        : "no-cache",
      ...(encoding === "" ? {} : { "content-encoding": encoding }),
    };
    if (request.headers.get("if-none-match") === tag) return new Response(null, { status: 304, headers });
    return new Response(request.method === "HEAD" ? null : bytes, {
      headers: { ...headers, "content-length": String(bytes.byteLength) },
    });
  }

  #body(name: string, encoding: Encoding): Body {
    const key = `${encoding}:${name}`;
    const known = this.#bodies.get(key);
    if (known !== undefined) return known;
    const text = this.#texts.get(name);
    const plain = text === undefined ? readFileSync(this.#paths.get(name)!) : Buffer.from(text);
    const bytes = new Uint8Array(ENCODERS[encoding](plain));
    const body = { bytes, tag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"` };
    if (bytes.byteLength <= MOST_KEPT_BYTES) this.#bodies.set(key, body);
    return body;
  }
}

/** A model beside the page is read again for each request. */
const MOST_KEPT_BYTES = 4 * 2 ** 20;

function acceptedEncoding(headers: Headers): Encoding {
  const accepted = (headers.get("accept-encoding") ?? "").split(",").map((part) => part.trim().split(";")[0]);
  return (["br", "gzip"] as const).find((encoding) => accepted.includes(encoding)) ?? "";
}
