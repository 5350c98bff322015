/** HTTP for trackers, web seeds and .torrent files: bounded answers, and redirects that stay where they may lead. */
import { NetworkError } from "../../base/errors.ts";
import type { Http, HttpAnswer } from "../../platform/http.ts";
import { concat } from "./bencode.ts";
import { isHttp, isLocalUrl } from "./urls.ts";

const MAX_REDIRECTS = 5;

export interface Fetch {
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Follows redirects, but never from a public address to a local one.
 * @throws NetworkError; the signal's reason after an abort.
 */
export async function send(
  http: Http,
  url: string,
  { signal, headers = {} }: Fetch = {},
): Promise<HttpAnswer> {
  let from = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const answer = await attempt(http, from, headers, signal);
    const target = answer.header("location");
    if (answer.status < 300 || answer.status >= 400 || target === undefined) return answer;
    answer.discard();
    const next = URL.canParse(target, from) ? new URL(target, from).href : "";
    if (!isHttp(next) || (isLocalUrl(next) && !isLocalUrl(from))) {
      throw new NetworkError({
        doing: `fetch ${url}`,
        expected: "a redirect to a public http or https address",
        found: JSON.stringify(target.slice(0, 200)),
      });
    }
    from = next;
  }
  throw new NetworkError({ doing: `fetch ${url}`, found: `more than ${MAX_REDIRECTS} redirects` });
}

async function attempt(
  http: Http,
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  try {
    return await http.send({ url, headers, signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new NetworkError({ doing: `fetch ${url}`, found: reasonOf(cause), cause });
  }
}

/** `fetch` hides the system's error in the cause of "fetch failed". */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}

/** The whole body of a successful answer. @throws NetworkError for another status, or a longer body. */
export async function fetchBytes(
  http: Http,
  url: string,
  maxBytes: number,
  options: Fetch = {},
): Promise<Uint8Array> {
  const answer = await send(http, url, options);
  if (answer.status !== 200) {
    answer.discard();
    throw new NetworkError({ doing: `fetch ${url}`, expected: "status 200", found: `${answer.status}` });
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of answer.body) {
      length += part.length;
      if (length > maxBytes) break;
      parts.push(part);
    }
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw new NetworkError({ doing: `fetch ${url}`, found: reasonOf(cause), cause });
  }
  if (length <= maxBytes) return concat(parts);
  throw new NetworkError({ doing: `fetch ${url}`, expected: `at most ${maxBytes} bytes`, found: "more" });
}
