/**
 * The hub's interface: what a revision names, which files it has, and search. Answers are not trusted: every length is
 * bounded, and files whose names or checksums could do harm in the store are left out.
 */
import { FormatError, NetworkError, RequestError } from "../../base/errors.ts";
import type { HttpAnswer } from "../../platform/http.ts";
import { isCommit, isRepositoryId, isSafeName } from "../safe-names.ts";
import type { HubSettings } from "../settings.ts";
import { isBlobName } from "../store/layout.ts";
import { type Client, createClient, publicAddress, readBody } from "../transfer/request.ts";
import {
  isTemporary,
  type RetryPolicy,
  retryAfter,
  TemporaryFailure,
  withRetries,
} from "../transfer/retry.ts";
import { refusal } from "./refusals.ts";

export interface RepositoryFile {
  /** Relative, with slashes. */
  readonly name: string;
  readonly byteLength: number;
  /** SHA-256 of a large file, git's SHA-1 of a small one: the name of its blob. */
  readonly etag: string;
}

export interface RepositoryInfo {
  /** The name that the hub uses now: it differs after a repository was renamed. */
  readonly id: string;
  readonly commit: string;
  /** Whether its terms must be accepted on the hub before it can be fetched. */
  readonly gated: boolean;
  /** As the card states it: "apache-2.0", "llama2". */
  readonly license?: string;
}

export interface FoundRepository {
  readonly id: string;
  readonly downloads: number;
  readonly likes: number;
  readonly modified?: string;
  readonly gated: boolean;
}

const MAX_INFO_BYTES = 16 << 20;
const MAX_FILES = 100_000;
const MAX_PAGES = 200;
const API_RETRY: RetryPolicy = { attempts: 3, firstDelay: 300 };

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textIn = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const countIn = (value: unknown): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;

export class HubClient {
  readonly #settings: HubSettings;
  readonly client: Client;
  readonly #retry: RetryPolicy;

  constructor(settings: HubSettings, retry: RetryPolicy = API_RETRY) {
    const { token, endpoint } = settings;
    this.#settings = settings;
    this.client = createClient(token === undefined ? undefined : { token, origin: new URL(endpoint).origin });
    this.#retry = retry;
  }

  /** The commit that a revision names now, and the repository's terms. */
  async info(id: string, revision: string, signal?: AbortSignal): Promise<RepositoryInfo> {
    const doing = `look up "${id}" at ${this.#settings.endpoint}`;
    const path = `/api/models/${id}/revision/${encodeURIComponent(revision)}`;
    const { value } = await this.#json(path, doing, signal);
    const { sha, gated, cardData, id: named } = isObject(value) ? value : {};
    if (typeof sha !== "string" || !isCommit(sha)) throw unexpected(doing, "the name of a commit");
    const license = isObject(cardData) ? textIn(cardData.license) : undefined;
    return {
      id: typeof named === "string" && isRepositoryId(named) ? named : id,
      commit: sha,
      gated: gated !== undefined && gated !== false,
      ...(license === undefined ? {} : { license: license.slice(0, 200) }),
    };
  }

  /** The files of a commit whose names are safe, sorted. */
  async files(id: string, commit: string, signal?: AbortSignal): Promise<RepositoryFile[]> {
    const doing = `list the files of "${id}" at ${this.#settings.endpoint}`;
    const files: RepositoryFile[] = [];
    let path: string | undefined = `/api/models/${id}/tree/${commit}?recursive=true&expand=false`;
    for (let page = 0; path !== undefined; page++) {
      const { value, next }: { value: unknown; next: string | undefined } = await this.#json(
        path,
        doing,
        signal,
      );
      if (!Array.isArray(value)) throw unexpected(doing, "a list of files");
      files.push(...value.flatMap(fileOf));
      if (page >= MAX_PAGES || files.length > MAX_FILES) {
        throw new FormatError({ doing, expected: `at most ${MAX_FILES} files`, found: "more" });
      }
      path = next;
    }
    return files.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Repositories with GGUF files whose names match, most fetched first. */
  async search(words: string, limit: number, signal?: AbortSignal): Promise<FoundRepository[]> {
    const doing = `search ${this.#settings.endpoint}`;
    const query = new URLSearchParams({
      search: words,
      filter: "gguf",
      sort: "downloads",
      direction: "-1",
      limit: String(limit),
    });
    const { value } = await this.#json(`/api/models?${query}`, doing, signal);
    if (!Array.isArray(value)) throw unexpected(doing, "a list of repositories");
    return value.flatMap(foundOf).slice(0, limit);
  }

  /** The address of a file's bytes. */
  address(id: string, commit: string, name: string): string {
    const path = name.split("/").map(encodeURIComponent).join("/");
    return `${this.#settings.endpoint}/${id}/resolve/${commit}/${path}`;
  }

  async #json(
    path: string,
    doing: string,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly value: unknown; readonly next: string | undefined }> {
    const { endpoint, offline, token } = this.#settings;
    if (offline) throw isOffline(doing);
    const url = endpoint + path;
    return withRetries(
      async () => {
        const answer = await this.client.send({ url, signal, headers: { accept: "application/json" } });
        if (isTemporary(answer.status)) {
          answer.discard();
          throw new TemporaryFailure(
            refusal(doing, answer, token !== undefined),
            retryAfter(answer.header("retry-after")),
          );
        }
        if (answer.status !== 200) {
          answer.discard();
          throw refusal(doing, answer, token !== undefined);
        }
        const bytes = await readBody(answer, MAX_INFO_BYTES);
        return { value: parse(bytes, doing), next: nextPage(answer, endpoint) };
      },
      { policy: this.#retry, signal },
    );
  }
}

export function isOffline(doing: string): RequestError {
  return new RequestError({
    doing,
    expected: "access to the network",
    found: "HF_HUB_OFFLINE is set",
    fix: "unset it",
  });
}

function unexpected(doing: string, expected: string): NetworkError {
  return new NetworkError({ doing, expected, found: "another answer", fix: "check HF_ENDPOINT" });
}

function parse(bytes: Uint8Array, doing: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new NetworkError({
      doing,
      expected: "JSON",
      found: "another answer",
      fix: "check HF_ENDPOINT",
      cause,
    });
  }
}

/** The address of the next page within the endpoint: `Link: <…>; rel="next"` (RFC 8288). */
function nextPage(answer: HttpAnswer, endpoint: string): string | undefined {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(answer.header("link") ?? "") ?? [];
  if (target === undefined || !URL.canParse(target, answer.url)) return undefined;
  const next = new URL(target, answer.url).href;
  if (next.startsWith(`${endpoint}/`)) return next.slice(endpoint.length);
  throw new NetworkError({
    doing: `list files at ${endpoint}`,
    expected: "the next page on the same server",
    found: publicAddress(next),
  });
}

/** An entry of the tree; large files have their SHA-256 in `lfs`. */
function fileOf(value: unknown): RepositoryFile[] {
  if (!isObject(value) || value.type !== "file") return [];
  const { path, size, oid, lfs } = value;
  const large = isObject(lfs) ? lfs : undefined;
  const etag = large?.oid ?? oid;
  const byteLength = large?.size ?? size;
  const isUsable =
    typeof path === "string" &&
    isSafeName(path) &&
    typeof etag === "string" &&
    isBlobName(etag) &&
    typeof byteLength === "number" &&
    Number.isSafeInteger(byteLength) &&
    byteLength >= 0;
  return isUsable ? [{ name: path, byteLength, etag }] : [];
}

function foundOf(value: unknown): FoundRepository[] {
  if (!isObject(value)) return [];
  const { id, downloads, likes, lastModified, gated } = value;
  if (typeof id !== "string" || !isRepositoryId(id)) return [];
  const modified = textIn(lastModified);
  return [
    {
      id,
      downloads: countIn(downloads),
      likes: countIn(likes),
      gated: gated !== undefined && gated !== false,
      ...(modified === undefined ? {} : { modified: modified.slice(0, 40) }),
    },
  ];
}
