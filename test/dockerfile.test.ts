/** The Dockerfile's command is one that Cria has, and it names what exists. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { createProgram } from "../src/cli/program.ts";
import type { OptionValues } from "../src/cli/values.ts";
import { SERVER_DEFAULTS } from "../src/server/settings.ts";

const root = resolve(import.meta.dirname, "..");
const text = readFileSync(join(root, "Dockerfile"), "utf8");

it("starts the server at the port that it exposes and checks", async () => {
  const [, entry] = /^ENTRYPOINT (\[.*\])$/m.exec(text) ?? [];
  const [name, ...words] = JSON.parse(entry) as string[];
  let found: [string, readonly string[], OptionValues] | undefined;
  const program = createProgram("0.0.0", async (verb, args, values) => {
    found = [verb.name, args, values];
  });
  await program.parseAsync([...words, "/models/model.gguf", "--api-key-file", "/keys.txt"], { from: "user" });
  expect(name).toBe("cria");
  const { port } = SERVER_DEFAULTS;
  expect(found).toMatchObject([
    "serve",
    ["/models/model.gguf"],
    { host: "0.0.0.0", port, log: "json", apiKeyFile: "/keys.txt" },
  ]);
  expect(text).toContain(`EXPOSE ${port}\n`);
  expect(text).toContain(`127.0.0.1:${port}/health`);
});

it("builds with scripts that exist", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const [, script] of text.matchAll(/npm run (\w+)/g)) expect(scripts).toHaveProperty(script);
  expect(existsSync(join(root, "package-lock.json"))).toBe(true);
});
