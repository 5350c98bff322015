/** Whole models as cases: opened, used with text, converted to another format and opened again, and run. */
import type { ByteSource } from "../../src/base/bytes.ts";
import { CriaError } from "../../src/base/errors.ts";
import type { ModelConfig } from "../../src/config/config.ts";
import { configToGguf } from "../../src/config/gguf.ts";
import { configToHf } from "../../src/config/hf.ts";
import { CONVERSION_TARGETS, convertCheckpoint } from "../../src/convert/index.ts";
import { chooseBackend } from "../../src/engine/backend/select.ts";
import { ggufValue, writeGguf } from "../../src/formats/gguf/index.ts";
import { writePth } from "../../src/formats/pth/index.ts";
import { writeSafetensors } from "../../src/formats/safetensors/index.ts";
import { renderChat } from "../../src/generation/index.ts";
import { Model } from "../../src/library/model.ts";
import { bindParameters } from "../../src/model/bind.ts";
import { LlamaRunner } from "../../src/model/runner.ts";
import { type OpenedModel, openModel } from "../../src/open/index.ts";
import { memorySink } from "../../src/platform/memory-sink.ts";
import type { FileSink, Platform } from "../../src/platform/platform.ts";
import { spmFromVocabulary, writeHfTokenizer, writeLlama2c } from "../../src/tokenizer/index.ts";
import { translateName } from "../../src/weights/index.ts";
import { tinyTensors, tinyVocabulary } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";
import { smallSpm } from "../support/tokenizer-fixtures.ts";
import { bundle, unbundle } from "./bundle.ts";
import { memoryPlatform } from "./memory-platform.ts";
import { tinyLlama2c } from "./tiny-llama2c.ts";

const TEMPLATE = "{% for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}</s>{% endfor %}";
const FOLDER = "m";
const TEXT = "a tiny text ab<s>";

function written(write: (sink: FileSink) => void): Uint8Array {
  const sink = memorySink();
  write(sink);
  sink.commit();
  return sink.bytes();
}

function small(changes: Partial<ModelConfig> = {}): ModelConfig {
  return tinyConfig({
    dim: 16,
    headDim: 4,
    ffnDim: 16,
    nLayers: 1,
    vocabSize: 40,
    maxSeqLen: 32,
    ...changes,
  });
}

function named(config: ModelConfig, scheme: "hf" | "meta") {
  return tinyTensors(config).map((entry) => ({
    ...entry,
    name: translateName(entry.name, "gguf", scheme) as string,
  }));
}

function ggufModel(): Uint8Array {
  const config = small();
  return written((sink) =>
    writeGguf(sink, {
      metadata: [
        ...configToGguf(config).fields,
        ["tokenizer.chat_template", ggufValue.string(TEMPLATE)],
        ...tinyVocabulary(config.vocabSize),
      ],
      tensors: tinyTensors(config),
    }),
  );
}

export function modelSeeds(): Uint8Array[] {
  const vocabulary = smallSpm();
  const vocabSize = vocabulary.pieces.length;
  const hf = small({ vocabSize, tied: true, ropePairing: "halves" });
  const meta = small({ vocabSize });
  const llama2c = small({ vocabSize, tied: true });
  const { dim, ffnDim, nLayers, nHeads, nKvHeads, maxSeqLen } = llama2c;
  return [
    bundle({ "m.gguf": ggufModel(), "generation_config.json": { temperature: 0.6, eos_token_id: [2, 5] } }),
    bundle({
      "config.json": configToHf(hf, "float32").json,
      "generation_config.json": { do_sample: true, temperature: 0.6, top_p: 0.9, eos_token_id: [2, 7] },
      "tokenizer_config.json": { bos_token: "<s>", eos_token: "</s>", chat_template: TEMPLATE },
      "added_tokens.json": { "<|im_end|>": 2 },
      "model.safetensors": written((sink) => writeSafetensors(sink, named(hf, "hf"))),
      "tokenizer.json": writeHfTokenizer(vocabulary),
    }),
    bundle({
      "params.json": {
        dim,
        n_layers: nLayers,
        n_heads: nHeads,
        n_kv_heads: nKvHeads,
        vocab_size: vocabSize,
        multiple_of: 8,
        hidden_dim: ffnDim,
        norm_eps: 1e-5,
      },
      "consolidated.00.pth": written((sink) => writePth(sink, named(meta, "meta"))),
      "tokenizer.model": spmFromVocabulary(vocabulary),
    }),
    bundle({
      "m.bin": tinyLlama2c({
        version: 0,
        dim,
        ffnDim,
        nLayers,
        nHeads,
        nKvHeads,
        maxSeqLen,
        vocabSize,
        tied: true,
      }),
      "tokenizer.bin": writeLlama2c(vocabulary),
    }),
  ];
}

type Reach = (stage: string) => void;

/** Does everything that a user does with a model. @param watch wraps every opened file. */
export async function useModel(
  source: ByteSource,
  reach: Reach,
  watch: (source: ByteSource) => ByteSource,
): Promise<undefined> {
  const bytes = source.bytes(0, source.byteLength);
  const platform = memoryPlatform(unbundle(bytes, FOLDER), watch);
  const model = openModel(FOLDER, { platform });
  try {
    reach("opened");
    useText(model, reach);
    await convert(model, bytes, platform, reach);
    await generate(model, reach);
  } finally {
    model.dispose();
  }
}

function useText({ tokenizer, chatTemplate, config }: OpenedModel, reach: Reach): void {
  if (tokenizer === undefined) return;
  const ids = tokenizer.encode(TEXT, { parseSpecial: true });
  tokenizer.decode(ids, { skipSpecial: false });
  for (const id of config.eosIds) if (id < tokenizer.vocabSize) tokenizer.piece(id);
  reach("tokenized");
  if (chatTemplate === undefined) return;
  try {
    renderChat(chatTemplate, { messages: [{ role: "user", content: TEXT }] });
    reach("rendered");
  } catch (error) {
    if (!(error instanceof CriaError)) throw error;
  }
}

/** Converts to a format that the case chooses. Cria must be able to open what it wrote. */
async function convert(
  model: OpenedModel,
  bytes: Uint8Array,
  platform: Platform,
  reach: Reach,
): Promise<void> {
  const to = CONVERSION_TARGETS[bytes.byteLength % CONVERSION_TARGETS.length];
  const output = to === "gguf" ? "out/m.gguf" : "out";
  try {
    await convertCheckpoint(FOLDER, output, { to, platform });
  } catch (error) {
    if (error instanceof CriaError) return; // not every model fits every format
    throw error;
  }
  reach("converted");
  try {
    using again = openModel(output, { platform });
    const own = [...again.checkpoint.tensors.values()];
    for (const tensor of own) tensor.bytes();
    if (again.config.vocabSize !== model.config.vocabSize)
      throw new Error("the vocabulary has a different size");
  } catch (error) {
    throw new Error(`the file written as ${to} cannot be opened: ${(error as Error).message}`);
  }
  reach("opened again");
}

const MOST = { dim: 64, nLayers: 3, vocabSize: 1024, ffnDim: 256, headDim: 64 } as const;

async function generate(opened: OpenedModel, reach: Reach): Promise<void> {
  const { config, tokenizer } = opened;
  const isSmall = Object.entries(MOST).every(([key, most]) => config[key as keyof typeof MOST] <= most);
  if (!isSmall || tokenizer === undefined) return;
  const chosen = await chooseBackend(memoryPlatform(new Map()), { name: "reference" }, (backend) =>
    LlamaRunner.create(config, bindParameters(opened), backend, { context: 16, maxSequences: 1 }),
  );
  const model = new Model(opened, chosen);
  try {
    await model.generate([1, 3], { maxTokens: 2, temperature: 0 }).text();
    reach("generated");
  } finally {
    await model.dispose();
  }
}
