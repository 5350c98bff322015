import { describe, expect, it } from "vitest";
import { NetworkError } from "../../base/errors.ts";
import type { Http } from "../../platform/http.ts";
import { type Encodable, encodeBencode } from "./bencode.ts";
import { fetchBytes, send } from "./http.ts";
import { announce } from "./tracker.ts";

/** Answers each address as told: a target to redirect to, or a body. */
function fake(answers: Readonly<Record<string, string | Uint8Array>>): Http & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    followsRedirects: false,
    async send({ url }) {
      asked.push(url);
      const answer = answers[url.split("?")[0]];
      if (answer === undefined) throw new Error("unreachable");
      const target = typeof answer === "string" ? answer : undefined;
      return {
        status: target === undefined ? 200 : 302,
        url,
        header: (name) => (name === "location" ? target : undefined),
        body: (async function* () {
          if (typeof answer !== "string") yield answer;
        })(),
        discard() {},
      };
    },
  };
}

describe("send", () => {
  it("follows redirects to public addresses, also relative ones", async () => {
    const http = fake({
      "http://a.example/x": "/y",
      "http://a.example/y": "https://b.example/z",
      "https://b.example/z": Uint8Array.of(1),
    });
    expect([...(await fetchBytes(http, "http://a.example/x", 10))]).toEqual([1]);
  });

  it.each([
    "http://127.0.0.1/admin",
    "http://[::1]/",
    "http://router/",
    "file:///etc/passwd",
    "http://169.254.169.254/",
  ])("does not follow a public address to %s", async (target) => {
    const http = fake({ "http://a.example/x": target });
    await expect(send(http, "http://a.example/x")).rejects.toThrow("expected a redirect to a public");
    expect(http.asked).toEqual(["http://a.example/x"]);
  });

  it("ends a circle", async () => {
    const http = fake({ "http://a.example/x": "http://a.example/x" });
    await expect(send(http, "http://a.example/x")).rejects.toThrow("more than 5 redirects");
  });
});

describe("fetchBytes", () => {
  it("bounds the body", async () => {
    const http = fake({ "http://a.example/x": new Uint8Array(11) });
    await expect(fetchBytes(http, "http://a.example/x", 10)).rejects.toThrow("expected at most 10 bytes");
    await expect(fetchBytes(http, "http://none.example/", 10)).rejects.toThrow(NetworkError);
  });
});

describe("announce", () => {
  const state = {
    infoHash: "0a".repeat(20),
    peerId: "ff".repeat(20),
    port: 6881,
    uploaded: 1,
    downloaded: 2,
    left: 3,
  };
  const answer = (value: Encodable) => {
    const http = fake({ "http://t.example/announce": encodeBencode(value) });
    const url = "http://t.example/announce?key=1#part";
    return {
      http,
      result: announce(http, url, { ...state, event: "started" }, new AbortController().signal),
    };
  };

  it("asks as BEP 3 says, and reads compact peers of both kinds", async () => {
    const peers6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 80);
    const { http, result } = answer({ interval: 1800, peers: Uint8Array.of(192, 0, 2, 1, 0, 80), peers6 });
    expect(await result).toEqual({
      interval: 1800,
      peers: [
        { host: "192.0.2.1", port: 80 },
        { host: "2001:db8:0:0:0:0:0:2", port: 80 },
      ],
      warning: undefined,
    });
    expect(http.asked).toEqual([
      `http://t.example/announce?key=1&info_hash=${"%0a".repeat(20)}&peer_id=${"%ff".repeat(20)}` +
        "&port=6881&uploaded=1&downloaded=2&left=3&compact=1&numwant=80&event=started",
    ]);
  });

  it("reads the long form, and skips what is no address", async () => {
    const peers = [
      { ip: "192.0.2.7", port: 1 },
      { ip: "2001:db8::9", port: 2 },
      { ip: "a b", port: 3 },
      { port: 4 },
      5,
    ];
    expect((await answer({ interval: -5, peers }).result).peers).toEqual([
      { host: "192.0.2.7", port: 1 },
      { host: "2001:db8::9", port: 2 },
    ]);
    expect((await answer({ interval: 2 ** 40, peers: 5 }).result).interval).toBe(86_400);
  });

  it("says why the tracker refuses", async () => {
    await expect(answer({ "failure reason": "not registered" }).result).rejects.toThrow(
      "refused: not registered",
    );
  });
});
