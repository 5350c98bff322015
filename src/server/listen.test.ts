import { expect, it } from "vitest";
import { tinyServer } from "../../test/support/tiny-server.ts";
import { listen } from "./listen.ts";

it("keeps connections longer than the pools of clients and proxies do", async () => {
  await using tiny = await tinyServer();
  const { url, drain } = await listen(tiny.server, { host: "127.0.0.1", port: 0 });
  const response = await fetch(`${url}/health`);
  const [, seconds] = /timeout=(\d+)/.exec(response.headers.get("keep-alive") ?? "") ?? [];
  expect(Number(seconds)).toBeGreaterThan(60);
  await response.text();
  expect(await drain(5)).toBe(true);
});
