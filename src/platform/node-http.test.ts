/** Proxies, as environment variables name them, against servers on this machine. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
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

/** A certificate for 127.0.0.1 that signs itself; undefined without openssl. */
const certificate = (() => {
  const folder = mkdtempSync(join(tmpdir(), "cria-tls-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert];
  const { status } = spawnSync("openssl", [...args, ...subject], { stdio: "ignore" });
  if (status === 0) return { folder, cert, key };
  rmSync(folder, { recursive: true, force: true });
  console.warn("no openssl: certificates of a proxy's authority are not tested");
  return undefined;
})();

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

  describe.skipIf(certificate === undefined)("with a certificate of our own (needs openssl)", () => {
    afterAll(() => rmSync(certificate?.folder ?? "", { recursive: true, force: true }));

    it("trusts an authority that the environment names, also through a proxy, and no other", async () => {
      const { cert, key } = certificate as { cert: string; key: string };
      const options = { cert: readFileSync(cert), key: readFileSync(key) };
      const secure = createTlsServer(options, (_, response) => response.end("secret answer"));
      await new Promise<void>((done) => secure.listen(0, "127.0.0.1", done));
      const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`;
      const through = { HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}` };
      try {
        for (const environment of [{ SSL_CERT_FILE: cert }, { SSL_CERT_FILE: cert, ...through }]) {
          const parts: Uint8Array[] = [];
          for await (const chunk of (await createHttp(environment).send({ url })).body) parts.push(chunk);
          expect(Buffer.concat(parts).toString()).toBe("secret answer");
        }
        expect(seen).toEqual([`CONNECT ${new URL(url).host}`]);
        for (const environment of [{}, through]) {
          await expect(createHttp(environment).send({ url })).rejects.toMatchObject({
            code: "DEPTH_ZERO_SELF_SIGNED_CERT",
          });
        }
      } finally {
        secure.closeAllConnections();
        secure.close();
      }
    });
  });

  it("gives up a connection on which nothing arrives", async () => {
    target.removeAllListeners("request");
    const http = createHttp({}, 50);
    await expect(http.send({ url: `http://127.0.0.1:${portOf(target)}/` })).rejects.toThrow(
      /nothing arrived/,
    );
  });
});
