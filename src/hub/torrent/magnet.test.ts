import { describe, expect, it } from "vitest";
import { RequestError } from "../../base/errors.ts";
import { formatMagnet, parseMagnet } from "./magnet.ts";

const HEX = "cdee3052d85c697b84f4c1192f43a2276c0daea0";
const BASE32 = "ZXXDAUWYLRUXXBHUYEMS6Q5CE5WA3LVA";

describe("parseMagnet", () => {
  it("reads the hash in hexadecimal digits and in base 32, in any case", () => {
    for (const hash of [HEX, HEX.toUpperCase(), BASE32, BASE32.toLowerCase()])
      expect(parseMagnet(`magnet:?xt=urn:btih:${hash}`).infoHash).toBe(HEX);
  });

  it("takes parameters in any order, repeated or numbered", () => {
    const magnet = parseMagnet(
      `magnet:?tr=https%3A%2F%2Ft.example%2Fannounce&dn=A+small%20model&ws=http%3A%2F%2Fs.example%2Fm.gguf` +
        `&tr.2=udp%3A%2F%2Ft.example%3A80&xt.1=urn:btih:${BASE32}&xt.2=urn:btmh:1220aa&x.pe=192.0.2.1:6881&x.pe=[2001:db8::1]:1`,
    );
    expect(magnet).toEqual({
      infoHash: HEX,
      name: "A small model",
      trackers: ["https://t.example/announce", "udp://t.example:80"],
      webSeeds: ["http://s.example/m.gguf"],
      peers: [
        { host: "192.0.2.1", port: 6881 },
        { host: "2001:db8::1", port: 1 },
      ],
      torrentUrls: [],
    });
  });

  it("ignores addresses that are none", () => {
    const magnet = parseMagnet(
      `magnet:?xt=urn:btih:${HEX}&tr=nonsense&ws=file:///etc/passwd&x.pe=a:0&x.pe=b:99999&dn=%E0%A4`,
    );
    expect(magnet).toMatchObject({ trackers: [], webSeeds: [], peers: [] });
  });

  it.each([
    ["magnet:", "starts with"],
    ["magnet:?dn=x", "0 such hashes"],
    [`magnet:?xt=urn:btih:${HEX}0`, "0 such hashes"],
    ["magnet:?xt=urn:btih:01234567890123456789012345678901", "0 such hashes"],
    [`magnet:?xt=urn:btih:${HEX}&xt=urn:btih:${"0".repeat(40)}`, "2 such hashes"],
    [`magnet:?xt=urn:btih:${HEX}&dn=${"x".repeat(70_000)}`, "at most 65536 characters"],
  ])("refuses %.40s", (link, message) => {
    expect(() => parseMagnet(link)).toThrow(RequestError);
    expect(() => parseMagnet(link)).toThrow(message);
  });

  it("reads what formatMagnet writes", () => {
    const given = {
      infoHash: HEX,
      name: "a & b",
      trackers: ["https://t.example/a?k=1&l=2"],
      webSeeds: ["http://s.example/"],
    };
    expect(parseMagnet(formatMagnet(given))).toEqual({ ...given, peers: [], torrentUrls: [] });
  });
});
