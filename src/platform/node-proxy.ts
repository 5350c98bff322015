/**
 * Proxies and certificate authorities, which Node 20 leaves to programs: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and
 * NO_PROXY as curl reads them; SSL_CERT_FILE, CURL_CA_BUNDLE and REQUESTS_CA_BUNDLE in addition to
 * NODE_EXTRA_CA_CERTS.
 */
import { readFileSync } from "node:fs";
import { type Agent, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, rootCertificates } from "node:tls";

type Environment = Readonly<Record<string, string | undefined>>;
type Connected = (error: Error | null, socket?: Duplex) => void;

/** The lower-case name wins, as in curl. HTTP_PROXY in capitals is ignored by curl only inside CGI programs. */
const variable = (environment: Environment, name: string): string | undefined =>
  environment[name.toLowerCase()] || environment[name] || undefined;

/** The proxy for an address, or undefined for a direct connection. */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const named =
    variable(environment, url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY") ??
    variable(environment, "ALL_PROXY");
  if (named === undefined || isExcluded(url, variable(environment, "NO_PROXY") ?? "")) return undefined;
  const proxy = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(named) ? named : `http://${named}`);
  if (proxy.protocol === "http:" || proxy.protocol === "https:") return proxy;
  throw new Error(`the proxy ${proxy.protocol}//${proxy.host} is not an HTTP proxy`);
}

/** NO_PROXY: names with their subdomains, addresses, each with an optional port; "*" for all. */
function isExcluded({ hostname, port, protocol }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const ownPort = port || (protocol === "https:" ? "443" : "80");
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true;
    const [, name, wanted] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
    if (name === undefined || name === "" || (wanted !== undefined && wanted !== ownPort)) return false;
    const plain = name.replace(/^\*?\./, "").toLowerCase();
    return host === plain || host.endsWith(`.${plain}`);
  });
}

const CA_FILES = ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"];

/** Node's own authorities and the named ones; undefined if none are named (Node then reads NODE_EXTRA_CA_CERTS). */
export function authorities(environment: Environment): string[] | undefined {
  const named = CA_FILES.map((name) => environment[name]).find((path) => path);
  if (named === undefined) return undefined;
  const extra = [named, environment.NODE_EXTRA_CA_CERTS].flatMap((path) => (path ? [path] : []));
  return [...rootCertificates, ...extra.map((path) => readFileSync(path, "utf8"))];
}

export function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
}

/** Connections to https servers through a proxy: CONNECT, then TLS inside the tunnel. */
class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;
  constructor(proxy: URL, ca: string[] | undefined) {
    super({ keepAlive: true, ...(ca === undefined ? {} : { ca }) });
    this.#proxy = proxy;
  }

  // Node accepts a socket through the callback; the declared type lacks that form.
  override createConnection(options: { host: string; port: number }, done: Connected): never {
    const { host, port } = options;
    const proxy = this.#proxy;
    const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    const request = proxy.protocol === "https:" ? httpsRequest : httpRequest;
    const headers = { host: target, ...proxyAuthorization(proxy) };
    const { hostname, port: proxyPort } = proxy;
    request({ hostname, port: proxyPort, method: "CONNECT", path: target, headers, agent: false })
      .once("connect", ({ statusCode }, socket) => {
        if (statusCode === 200) {
          done(null, connectTls({ ...options, socket, ...(isIP(host) ? {} : { servername: host }) }));
          return;
        }
        socket.destroy();
        done(new Error(`the proxy ${proxy.host} refused to connect to ${target}: status ${statusCode}`));
      })
      .once("error", (error) => done(error))
      .end();
    return undefined as never;
  }
}

/** Agents by proxy: each keeps its connections open for further requests. */
export class Agents {
  readonly #environment: Environment;
  readonly #known = new Map<string, Agent>();
  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The proxy of a URL, and the options of a request that choose its agent (untyped: declarations name no Node type). */
  for(url: URL): { readonly connection: object; readonly proxy: URL | undefined } {
    const proxy = proxyFor(url, this.#environment);
    const key = `${url.protocol}${proxy?.href ?? ""}`;
    const agent = this.#known.get(key) ?? this.#make(url, proxy);
    this.#known.set(key, agent);
    return { connection: { agent }, proxy };
  }

  #make({ protocol }: URL, proxy: URL | undefined): Agent {
    const ca = authorities(this.#environment);
    if (protocol === "http:") return new HttpAgent({ keepAlive: true });
    if (proxy !== undefined) return new TunnelAgent(proxy, ca);
    return new HttpsAgent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) });
  }
}
