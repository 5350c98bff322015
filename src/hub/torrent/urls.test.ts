import { describe, expect, it } from "vitest";
import { parseAddress, parseCompact } from "./addresses.ts";
import { isLocalHost, isLocalUrl, usableUrls } from "./urls.ts";

describe("isLocalHost", () => {
  it.each([
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "printer",
    "nas.local",
    "x.internal",
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "::",
    "fe80::1",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "[::ffff:7f00:1]",
  ])("is true of %s", (host) => expect(isLocalHost(host)).toBe(true));

  it.each([
    "example.com",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "[2001:db8::1]",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
  ])("is false of %s", (host) => expect(isLocalHost(host)).toBe(false));

  it("sees through other forms of an address, as URL does", () => {
    for (const url of ["http://2130706433/", "http://0x7f.1/", "http://017700000001/", "http://127.1/"])
      expect(isLocalUrl(url)).toBe(true);
  });
});

describe("usableUrls", () => {
  it("drops duplicates, what is no address, and what is too long or too much", () => {
    const many = Array.from({ length: 500 }, (_, i) => `http://a.example/${i}`);
    expect(
      usableUrls([" http://a.example/ ", "http://a.example/", "", "nonsense", `http://${"a".repeat(3000)}/`]),
    ).toEqual(["http://a.example/"]);
    expect(usableUrls(many)).toHaveLength(200);
  });
});

describe("addresses", () => {
  it("reads compact ones, and drops an incomplete one and port 0", () => {
    const bytes = Uint8Array.of(192, 0, 2, 1, 0x1a, 0xe1, 192, 0, 2, 2, 0, 0, 192, 0);
    expect(parseCompact(bytes, 4)).toEqual([{ host: "192.0.2.1", port: 6881 }]);
    const v6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 1, 0, 80);
    expect(parseCompact(v6, 16)).toEqual([{ host: "2001:db8:0:0:0:0:0:1", port: 80 }]);
  });

  it.each(["host", "host:0", "host:70000", ":80", "a b:80", "[::1]", "::1:80", "http://x:80"])(
    "refuses %s",
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});
