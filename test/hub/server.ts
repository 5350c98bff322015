/**
 * A hub on this machine that behaves like Hugging Face's, as far as fetching models goes: revisions, paged trees,
 * resolve with redirects (large files to presigned addresses of another origin, small ones within the hub), gated and
 * private repositories, renamed ones, search. It can also behave badly: slow, cut, wrong bytes, ranges ignored, errors.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface HubRequest {
  readonly method: string;
  /** "hub" holds the repositories, "storage" the bytes of large files. */
  readonly server: "hub" | "storage";
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
  /** Bytes of the body that were handed to the connection. */
  sent: number;
  status: number;
}

/** What goes wrong, decided per request of bytes. */
export interface Behaviour {
  /** Bytes of a body after which the connection is cut; undefined never. */
  cutAfter?: ((request: HubRequest, length: number) => number | undefined) | undefined;
  /** A status to answer with instead of the bytes. */
  status?: ((request: HubRequest) => number | undefined) | undefined;
  /** For each body of a file. */
  bytesPerSecond?: number | undefined;
  /** For all bodies together. */
  totalBytesPerSecond?: number | undefined;
  /** Called after bytes of a file were handed to the connection. */
  onSent?: ((start: number, end: number) => void) | undefined;
  ignoreRange?: boolean | undefined;
  /** Sends other bytes of the same length. */
  corrupt?: boolean | undefined;
  /** Number of requests after which a presigned address has expired. */
  usesOfAddress?: number | undefined;
  /** Files on each page of a tree. */
  pageSize?: number | undefined;
  /** Changes the entries of a tree before they are sent. */
  tree?: ((entries: object[]) => object[]) | undefined;
  /** Serves other bytes for a digest. */
  blob?: ((digest: string) => Uint8Array | undefined) | undefined;
  /** Where large files redirect to, instead of the storage. */
  redirect?: ((storage: string) => string) | undefined;
}

export interface RepositoryOptions {
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  readonly revision?: string;
  readonly gated?: boolean;
  readonly private?: boolean;
}

interface Repository {
  readonly id: string;
  readonly license: string | undefined;
  readonly gated: boolean;
  readonly private: boolean;
  readonly refs: Map<string, string>;
  readonly commits: Map<string, Map<string, Uint8Array>>;
}

/** The token of an account that has accepted every repository's terms. */
export const TOKEN = "hf_secretsecretsecretsecret";
const LARGE = /\.(gguf|safetensors|pth|bin|model)$/;
const PIECE = 16_384;
/** As the hub permits web pages to use it. */
const CORS = [
  ["access-control-allow-origin", "*"],
  ["access-control-allow-headers", "authorization, range"],
  ["access-control-expose-headers", "content-range, etag, link, x-error-code, x-linked-etag, x-repo-commit"],
  ["cross-origin-resource-policy", "cross-origin"],
] as const;

const hex = (name: string, ...parts: (string | Uint8Array)[]): string => {
  const hash = createHash(name);
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};
const known = new WeakMap<Uint8Array, string>();
export function sha256(bytes: Uint8Array): string {
  const digest = known.get(bytes) ?? hex("sha256", bytes);
  known.set(bytes, digest);
  return digest;
}
export const gitHash = (bytes: Uint8Array): string => hex("sha1", `blob ${bytes.byteLength}\0`, bytes);
export const etagOf = (name: string, bytes: Uint8Array): string =>
  LARGE.test(name) ? sha256(bytes) : gitHash(bytes);

export class TestHub implements AsyncDisposable {
  readonly requests: HubRequest[] = [];
  behaviour: Behaviour = {};
  readonly #repositories = new Map<string, Repository>();
  readonly #renamed = new Map<string, string>();
  readonly #uses = new Map<string, number>();
  #signatures = 0;
  #busyUntil = 0;
  readonly #hub: Server;
  readonly #storage: Server;

  constructor() {
    this.#hub = createServer((request, response) => void this.#answer("hub", request, response));
    this.#storage = createServer((request, response) => void this.#answer("storage", request, response));
  }

  static async start(): Promise<TestHub> {
    const hub = new TestHub();
    for (const server of [hub.#hub, hub.#storage]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
    return hub;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`;
  }
  get storage(): string {
    return `http://127.0.0.1:${(this.#storage.address() as AddressInfo).port}`;
  }

  /** Adds a commit to a repository. @returns its name. */
  add(id: string, options: RepositoryOptions): string {
    const { files, revision = "main", gated = false } = options;
    const card = files["README.md"];
    const license = typeof card === "string" ? /^license: (\S+)$/m.exec(card)?.[1] : undefined;
    const entries = Object.entries(files).map(
      ([name, bytes]) => [name, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes] as const,
    );
    const commit = hex("sha1", ...entries.flat());
    const repository = this.#repositories.get(id) ?? {
      id,
      license,
      gated,
      private: options.private ?? false,
      refs: new Map(),
      commits: new Map(),
    };
    repository.commits.set(commit, new Map(entries));
    repository.refs.set(revision, commit);
    this.#repositories.set(id, repository);
    return commit;
  }

  rename(from: string, to: string): void {
    const repository = this.#repositories.get(from);
    if (repository === undefined) throw new Error(`no repository ${from}`);
    this.#repositories.delete(from);
    this.#repositories.set(to, { ...repository, id: to });
    this.#renamed.set(from, to);
  }

  /** Bytes of files that were sent, with those of cut connections. */
  get sentBytes(): number {
    return this.requests
      .filter(({ path }) => !path.startsWith("/api/models"))
      .reduce((sum, { sent }) => sum + sent, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#hub, this.#storage]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #answer(
    server: HubRequest["server"],
    message: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const request: HubRequest = {
      method: message.method ?? "",
      server,
      path: message.url ?? "",
      authorization: message.headers.authorization,
      range: message.headers.range,
      sent: 0,
      status: 0,
    };
    this.requests.push(request);
    response.on("error", () => {});
    for (const [name, value] of CORS) response.setHeader(name, value);
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    const url = new URL(request.path, this.endpoint);
    const status = request.path.startsWith("/api/models") ? undefined : this.behaviour.status?.(request);
    if (status !== undefined) refuse(request, response, status, "");
    else if (server === "storage") await this.#bytesOfStorage(request, url, response);
    else if (url.pathname === "/api/models") this.#search(request, url, response);
    else await this.#hubPath(request, url, response);
  }

  async #hubPath(request: HubRequest, url: URL, response: ServerResponse): Promise<void> {
    const parts = /^\/(?:api\/models\/)?([^/]+\/[^/]+)\/(revision|tree|resolve)\/([^/]+)\/?(.*)$/.exec(
      url.pathname,
    );
    const [, id = "", verb = "", revision = "", rest = ""] = parts ?? [];
    const renamed = this.#renamed.get(id);
    if (renamed !== undefined) return redirect(request, response, 307, request.path.replace(id, renamed));
    const repository = this.#repositories.get(id);
    const isMember = request.authorization === `Bearer ${TOKEN}`;
    if (repository === undefined || (repository.private && !isMember)) {
      return refuse(request, response, 401, "RepoNotFound");
    }
    if (verb === "resolve" && repository.gated && !isMember) {
      return refuse(request, response, request.authorization === undefined ? 401 : 403, "GatedRepo");
    }
    const name = decodeURIComponent(revision);
    const commit = repository.refs.get(name) ?? name;
    const files = repository.commits.get(commit);
    if (files === undefined) return refuse(request, response, 404, "RevisionNotFound");
    if (verb === "revision") return sendJson(request, response, infoOf(repository, commit));
    if (verb === "tree") return this.#tree(request, url, files, response);
    const file = decodeURIComponent(rest);
    const bytes = files.get(file);
    if (bytes === undefined) return refuse(request, response, 404, "EntryNotFound");
    response.setHeader("x-repo-commit", commit);
    if (url.searchParams.has("here")) return this.#send(request, bytes, response);
    if (!LARGE.test(file)) return redirect(request, response, 307, `${url.pathname}?here=1`);
    response.setHeader("x-linked-etag", `"${sha256(bytes)}"`);
    response.setHeader("x-linked-size", bytes.byteLength);
    const target = `${this.storage}/${sha256(bytes)}?X-Amz-Signature=signed${++this.#signatures}`;
    return redirect(request, response, 302, this.behaviour.redirect?.(target) ?? target);
  }

  #tree(request: HubRequest, url: URL, files: Map<string, Uint8Array>, response: ServerResponse): void {
    const all = [...files].map(([path, bytes]) => {
      const plain = { type: "file", oid: gitHash(bytes), size: bytes.byteLength, path };
      return LARGE.test(path)
        ? { ...plain, lfs: { oid: sha256(bytes), size: bytes.byteLength, pointerSize: 130 } }
        : plain;
    });
    const entries = this.behaviour.tree?.(all) ?? all;
    const { pageSize = entries.length } = this.behaviour;
    const from = Number(url.searchParams.get("cursor") ?? 0);
    if (from + pageSize < entries.length) {
      url.searchParams.set("cursor", String(from + pageSize));
      response.setHeader("link", `<${url.href}>; rel="next"`);
    }
    sendJson(request, response, entries.slice(from, from + pageSize));
  }

  #search(request: HubRequest, url: URL, response: ServerResponse): void {
    const words = (url.searchParams.get("search") ?? "").toLowerCase();
    const found = [...this.#repositories.values()]
      .filter(({ id, private: hidden }) => !hidden && id.toLowerCase().includes(words))
      .map(({ id, gated }) => ({
        id,
        downloads: 10,
        likes: 1,
        gated,
        lastModified: "2026-01-02T03:04:05.000Z",
      }));
    sendJson(request, response, found.slice(0, Number(url.searchParams.get("limit") ?? 10)));
  }

  async #bytesOfStorage(request: HubRequest, url: URL, response: ServerResponse): Promise<void> {
    const uses = (this.#uses.get(url.search) ?? 0) + 1;
    this.#uses.set(url.search, uses);
    const isExpired = uses > (this.behaviour.usesOfAddress ?? Number.POSITIVE_INFINITY);
    if (!url.searchParams.has("X-Amz-Signature") || isExpired) return refuse(request, response, 403, "");
    const digest = url.pathname.slice(1);
    const bytes = this.behaviour.blob?.(digest) ?? this.#blob(digest);
    if (bytes === undefined) return refuse(request, response, 404, "");
    await this.#send(request, bytes, response);
  }

  #blob(digest: string): Uint8Array | undefined {
    for (const { commits } of this.#repositories.values()) {
      for (const files of commits.values()) {
        for (const bytes of files.values()) if (sha256(bytes) === digest) return bytes;
      }
    }
    return undefined;
  }

  /** Waits until the line, which is busy for these seconds, is free again. */
  async #turn(seconds: number): Promise<void> {
    const now = performance.now();
    this.#busyUntil = Math.max(this.#busyUntil, now) + seconds * 1000;
    if (this.#busyUntil - now > 5) await sleep(this.#busyUntil - now);
  }

  async #send(request: HubRequest, whole: Uint8Array, response: ServerResponse): Promise<void> {
    const { ignoreRange, corrupt, bytesPerSecond, totalBytesPerSecond, cutAfter, onSent } = this.behaviour;
    const [, from, to] = (ignoreRange ? null : /^bytes=(\d+)-(\d*)$/.exec(request.range ?? "")) ?? [];
    const start = Number(from ?? 0);
    const end = to ? Math.min(Number(to) + 1, whole.byteLength) : whole.byteLength;
    if (start >= end && from !== undefined) return refuse(request, response, 416, "");
    const bytes = corrupt ? whole.slice(start, end).map((byte) => byte ^ 1) : whole.subarray(start, end);
    request.status = from === undefined ? 200 : 206;
    response.statusCode = request.status;
    response.setHeader("content-length", bytes.byteLength);
    response.setHeader("etag", `"${sha256(whole)}"`);
    if (from !== undefined)
      response.setHeader("content-range", `bytes ${start}-${end - 1}/${whole.byteLength}`);
    if (request.method === "HEAD") return void response.end();
    const limit = cutAfter?.(request, bytes.byteLength);
    const last = Math.min(limit ?? bytes.byteLength, bytes.byteLength);
    for (let at = 0; at < last && !response.destroyed; at += PIECE) {
      const piece = bytes.subarray(at, Math.min(at + PIECE, last));
      await new Promise<void>((resolve) => response.write(piece, () => resolve()));
      request.sent += piece.byteLength;
      onSent?.(start + at, start + at + piece.byteLength);
      if (totalBytesPerSecond) await this.#turn(piece.byteLength / totalBytesPerSecond);
      if (bytesPerSecond) await sleep((piece.byteLength / bytesPerSecond) * 1000);
    }
    if (limit !== undefined && limit < bytes.byteLength) response.destroy();
    else response.end();
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const infoOf = ({ id, gated, license }: Repository, commit: string) => ({
  id,
  sha: commit,
  gated: gated ? "manual" : false,
  cardData: license === undefined ? {} : { license },
});

function sendJson(request: HubRequest, response: ServerResponse, value: unknown): void {
  const text = JSON.stringify(value);
  request.status = 200;
  request.sent = text.length;
  response.setHeader("content-type", "application/json");
  response.end(text);
}

function refuse(request: HubRequest, response: ServerResponse, status: number, code: string): void {
  request.status = status;
  if (code !== "") response.setHeader("x-error-code", code);
  response.statusCode = status;
  response.end(JSON.stringify({ error: code }));
}

function redirect(request: HubRequest, response: ServerResponse, status: number, location: string): void {
  request.status = status;
  response.statusCode = status;
  response.setHeader("location", location);
  response.end();
}
