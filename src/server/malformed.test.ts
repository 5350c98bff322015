/** Whatever a body holds, the answer is a success or a refusal; `bench/serve/malformed.ts` sends 100,000 of them. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { malformedRequest } from "../../test/support/malformed-bodies.ts";
import { tinyServer } from "../../test/support/tiny-server.ts";

it("answers malformed bodies with 2xx or 4xx, and nothing stays behind", async () => {
  await using tiny = await tinyServer({ load: { context: 64 } });
  const headers = { "content-type": "application/json" };
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(malformedRequest, async ({ path, body }) => {
      const request = new Request(`http://localhost:8080${path}`, {
        method: "POST",
        headers,
        body: body as BodyInit,
      });
      const response = await tiny.server.fetch(request);
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      const text = await response.text();
      expect(response.status, `${body} ${text}`).toBeLessThan(500);
      expect(text).not.toContain('"server_error"'); // nor within a stream
      if (response.status >= 400) expect(JSON.parse(text).error.message).toBeTruthy();
    }),
    { numRuns: 3000 },
  );
  // The generator reaches beyond the schemas.
  expect(statuses.get(200)).toBeGreaterThan(30);
  expect(statuses.get(400)).toBeGreaterThan(300);
  expect(tiny.server.context.admission.total).toBe(0);
  expect((await tiny.model()).load).toBe(0);
});
