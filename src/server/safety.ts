/**
 * Checks of where a request comes from. A web page can make its visitor's browser call a server on the visitor's machine.
 * Two rules prevent that: `Origin` must be the server itself or listed; and `Host` must be an address, `localhost`, this
 * machine's name or a listed name, because a page that rebinds its own domain to this machine's address keeps its domain
 * there. With API keys the second rule does not apply: a page does not know a key.
 */
import { hostname } from "node:os";
import { ApiError } from "./errors.ts";

export interface OriginRules {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
  readonly checksHost: boolean;
}

/** The name in a `Host` header: without the port, in lower case. */
function hostName(host: string): string | undefined {
  try {
    const url = new URL(`http://${host}`);
    return url.pathname === "/" && url.username === "" && url.search === "" ? url.hostname : undefined;
  } catch {
    return undefined;
  }
}

const isAddress = (name: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || /^\[[\da-f:.]+\]$/.test(name);

export function originRules(
  hosts: readonly string[],
  origins: readonly string[],
  hasKeys: boolean,
): OriginRules {
  const names = ["localhost", hostname(), ...hosts].map((name) => name.toLowerCase());
  return { hosts: new Set(names), origins: new Set(origins), checksHost: !hasKeys };
}

/** @throws ApiError 403 for a request that a foreign web page may have caused. */
export function checkOrigin(headers: Headers, url: string, rules: OriginRules): void {
  const host = headers.get("host") ?? new URL(url).host;
  const name = hostName(host);
  if (name === undefined) throw new ApiError(400, "The Host header is not valid");
  if (rules.checksHost && !isAddress(name) && !rules.hosts.has(name)) {
    throw new ApiError(
      403,
      `The host ${JSON.stringify(name.slice(0, 60))} is not allowed; allow it with --allow-host`,
    );
  }
  const origin = headers.get("origin");
  if (origin === null || rules.origins.has(origin) || isOwn(origin, host)) return;
  throw new ApiError(
    403,
    `The origin ${JSON.stringify(origin.slice(0, 60))} is not allowed; allow it with --cors`,
  );
}

function isOwn(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** Headers that allow a listed origin's page to read the answer; none for other origins. */
export function corsHeaders(headers: Headers, { origins }: OriginRules): Record<string, string> {
  const origin = headers.get("origin");
  if (origin === null || !origins.has(origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, x-api-key",
    "access-control-max-age": "600",
    vary: "origin",
  };
}
