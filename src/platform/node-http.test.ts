/** Proxies, as environment variables name them, against servers on this machine. */
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttp } from "./node-http.ts";
import { proxyFor } from "./node-proxy.ts";

describe("proxyFor", () => {
  const through = (url: string, environment: Record<string, string>) =>
    proxyFor(new URL(url), environment)?.host;
  const all = { HTTPS_PROXY: "http://secure:1", http_proxy: "plain:2", NO_PROXY: "" };

  it("chooses by the address's protocol", () => {
    expect(through("https://x.org/", all)).toBe("secure:1");
    expect(through("http://x.org/", all)).toBe("plain:2");
    expect(through("https://x.org/", { ALL_PROXY: "any:3" })).toBe("any:3");
    expect(through("https://x.org/", {})).toBeUndefined();
    expect(() => through("https://x.org/", { ALL_PROXY: "socks5://x:1" })).toThrow(/not an HTTP proxy/);
  });

  it.each([
    ["https://x.org/", "*", false],
    ["https://x.org/", "x.org", false],
    ["https://a.x.org/", "y.org, .x.org", false],
    ["https://ax.org/", "x.org", true],
    ["https://x.org:8443/", "x.org:443", true],
    ["https://x.org/", "x.org:443", false],
    ["https://127.0.0.1/", "127.0.0.1", false],
    ["https://[::1]/", "::1", false],
  ])("%s with NO_PROXY=%s", (url, list, isProxied) => {
    expect(through(url, { ...all, NO_PROXY: list }) !== undefined).toBe(isProxied);
  });
});

describe("createHttp", () => {
  let proxy: Server;
  let target: Server;
  const seen: string[] = [];
  const portOf = (server: Server) => (server.address() as AddressInfo).port;
  beforeEach(async () => {
    seen.length = 0;
    target = createServer((message, response) => response.end(`answer to ${message.url}`));
    proxy = createServer((message: IncomingMessage, response) => {
      seen.push(`${message.url} ${message.headers["proxy-authorization"]}`);
      request(message.url ?? "", (answer) => answer.pipe(response)).end();
    });
    proxy.on("connect", (message, socket) => {
      seen.push(`CONNECT ${message.url}`);
      const [host, port] = (message.url ?? "").split(":");
      const onward = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      });
      onward.on("error", () => socket.destroy());
    });
    for (const server of [proxy, target])
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  afterEach(() => {
    for (const server of [proxy, target]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it("sends plain requests through the proxy, with its user", async () => {
    const http = createHttp({ HTTP_PROXY: `http://me:p%40ss@127.0.0.1:${portOf(proxy)}` });
    const url = `http://127.0.0.1:${portOf(target)}/x?y=1`;
    const answer = await http.send({ url });
    const parts: Uint8Array[] = [];
    for await (const chunk of answer.body) parts.push(chunk);
    expect(Buffer.concat(parts).toString()).toBe("answer to /x?y=1");
    expect(seen).toEqual([`${url} Basic ${Buffer.from("me:p@ss").toString("base64")}`]);
  });

  it("tunnels https through the proxy", async () => {
    const http = createHttp({ HTTPS_PROXY: `127.0.0.1:${portOf(proxy)}` });
    // The target speaks no TLS: the tunnel was built, and TLS failed inside it.
    await expect(http.send({ url: `https://127.0.0.1:${portOf(target)}/` })).rejects.toThrow(
      /SSL|EPROTO|wrong version/i,
    );
    expect(seen).toEqual([`CONNECT 127.0.0.1:${portOf(target)}`]);
  });

  it("gives up a connection on which nothing arrives", async () => {
    target.removeAllListeners("request");
    const http = createHttp({}, 50);
    await expect(http.send({ url: `http://127.0.0.1:${portOf(target)}/` })).rejects.toThrow(
      /nothing arrived/,
    );
  });
});
