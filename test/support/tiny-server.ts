/** A server of small random models, called without a socket. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writePeft } from "../../src/adapt/index.ts";
import { ggufValue } from "../../src/formats/gguf/index.ts";
import { type LoadOptions, load } from "../../src/library/load.ts";
import type { Model } from "../../src/library/model.ts";
import { type CriaServer, createServer } from "../../src/server/app.ts";
import { ModelRegistry, type RegistryOptions } from "../../src/server/models/registry.ts";
import type { ServerOptions } from "../../src/server/settings.ts";
import { ggufFromVocabulary } from "../../src/tokenizer/index.ts";
import { tinyAdapter } from "./tiny-adapter.ts";
import { writeTinyGguf } from "./tiny-checkpoint.ts";
import { tinyConfig } from "./tiny-model.ts";
import { tinyVocabulary } from "./tiny-tokenizer.ts";

/** The first letter of the role, the text, and a mark after it. */
const TEMPLATE =
  "{{ bos_token }}{% for m in messages %}{{ m.role[0] }} {{ m.content }} z{% endfor %}" +
  "{% if add_generation_prompt %}a{% endif %}";

export interface TinyServerOptions extends ServerOptions, RegistryOptions {
  /** Default: one model, "tiny". */
  readonly names?: readonly string[];
  readonly load?: LoadOptions;
  /** The model has a token for each byte. */
  readonly bytes?: boolean;
  /** Offers an adapter of the model as "tuned". */
  readonly withAdapter?: boolean;
}

export interface TinyServer extends AsyncDisposable {
  readonly server: CriaServer;
  /** The model named "tiny", loaded. */
  model(): Promise<Model>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(
    path: string,
    body: unknown,
    rest?: { signal?: AbortSignal; headers?: Record<string, string> },
  ): Promise<Response>;
}

const CHAT_CONFIG = tinyConfig({ vocabSize: 300, maxSeqLen: 512 });

/** Writes a tiny model with a chat template. `bytes`: with tokens for all bytes; else only lower-case letters. */
export function writeTinyChatModel(path: string, bytes = false): void {
  const template = ["tokenizer.chat_template", ggufValue.string(TEMPLATE)] as const;
  if (!bytes) {
    writeTinyGguf(path, CHAT_CONFIG, { metadata: [template] });
    return;
  }
  const vocabulary = tinyVocabulary();
  const config = tinyConfig({ vocabSize: vocabulary.pieces.length, maxSeqLen: 512 });
  writeTinyGguf(path, config, { vocabulary: false, metadata: [...ggufFromVocabulary(vocabulary), template] });
}

export async function tinyServer(options: TinyServerOptions = {}): Promise<TinyServer> {
  const folder = mkdtempSync(join(tmpdir(), "cria-server-"));
  const path = join(folder, "tiny.gguf");
  writeTinyChatModel(path, options.bytes);
  const { names = ["tiny"], load: loading } = options;
  const parallel = loading?.parallel ?? 4;
  const settings = { context: 128, threads: 1, ...loading, parallel };
  const specs = names.map((name) => ({
    name,
    byteLength: 1000,
    places: parallel,
    load: () => load(path, settings),
  }));
  const adapters =
    options.withAdapter === true ? [{ name: "tuned", path: join(folder, "adapter"), base: "tiny" }] : [];
  if (options.withAdapter === true)
    writePeft(join(folder, "adapter"), tinyAdapter(CHAT_CONFIG, { seed: 1, rank: () => 3 }), CHAT_CONFIG);
  const models = new ModelRegistry(specs, { ...options, adapters });
  const server = createServer(models, options);
  await server.prepare();
  const url = (route: string): string => `http://localhost:8080${route}`;
  return {
    server,
    model: async () => {
      const { model, release } = await models.use("tiny");
      release();
      return model;
    },
    get: (route, headers = {}) => server.fetch(new Request(url(route), { headers })),
    post: (route, body, { signal, headers = {} } = {}) =>
      server.fetch(
        new Request(url(route), {
          method: "POST",
          body: typeof body === "string" ? body : JSON.stringify(body),
          headers: { "content-type": "application/json", ...headers },
          ...(signal === undefined ? {} : { signal }),
        }),
      ),
    [Symbol.asyncDispose]: async () => {
      await models.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The values of a stream's events; comments are left out. Throws if the framing is not exact. */
export async function eventsOf(response: Response): Promise<unknown[]> {
  const text = await response.text();
  if (!text.endsWith("\n\n")) throw new Error("the last event does not end");
  return text
    .slice(0, -2)
    .split("\n\n")
    .filter((event) => !event.startsWith(":"))
    .map((event) => {
      const [, data] = /^data: (.*)$/.exec(event) ?? [];
      if (data === undefined) throw new Error(`not an event: ${event}`);
      return data === "[DONE]" ? data : JSON.parse(data);
    });
}
