/** /v1/embeddings, and llama.cpp's /embedding. */
import type { Model } from "../../library/model.ts";
import { normalise, type Pooling } from "../../model/pooling.ts";
import { ApiError } from "../errors.ts";
import { encodePrompt, mapGently } from "../prompt-text.ts";
import { type Call, route } from "../route.ts";
import { type Run, withModel } from "../run.ts";
import {
  EMBEDDINGS,
  type EmbeddingsBody,
  NATIVE_EMBEDDING,
  type NativeEmbeddingBody,
} from "../schemas/embeddings.ts";

export const EMBEDDING_VECTORS = route({
  method: "POST",
  path: "/v1/embeddings",
  aliases: ["/embeddings"],
  summary: "Vectors of texts",
  tag: "OpenAI",
  body: EMBEDDINGS,
  handle: (call) => withModel(call, call.body.model, (run) => embed(call, run)),
});

export const NATIVE_EMBEDDINGS = route({
  method: "POST",
  path: "/embedding",
  summary: "Vectors of texts, with a choice of norms",
  tag: "llama.cpp",
  body: NATIVE_EMBEDDING,
  handle: (call) => withModel(call, call.body.model, (run) => embedNatively(call, run)),
});

type Input = EmbeddingsBody["input"];

/** The token ids of each text. */
export function tokensOf(model: Model, input: Input): Promise<(readonly number[])[]> {
  const several = Array.isArray(input) && typeof input[0] !== "number" ? input : [input];
  return mapGently(several as (string | number[])[], (each, i) => {
    const tokens = typeof each === "string" ? encodePrompt(model, each) : each;
    if (tokens.length > 0) return tokens;
    throw new ApiError(400, `Invalid value of "input[${i}]": the text is empty`, { param: `input[${i}]` });
  });
}

/** The vector of each text, not scaled. All are computed together. */
export function vectorsOf(
  call: Call<unknown>,
  { model, adapters }: Run,
  texts: readonly (readonly number[])[],
  pooling: Pooling | null | undefined,
): Promise<Float32Array[]> {
  const { signal } = call.abort;
  const options = { pooling: pooling ?? undefined, normalise: false, adapters, signal };
  return Promise.all(texts.map((tokens) => model.embed(tokens, options)));
}

async function embed(call: Call<EmbeddingsBody>, run: Run): Promise<Response> {
  const { model, name } = run;
  const { input, pooling, dimensions, encoding_format: form } = call.body;
  const width = model.config.dim;
  if (typeof dimensions === "number" && dimensions > width) {
    throw new ApiError(400, `Invalid value of "dimensions": expected at most ${width}, got ${dimensions}`, {
      param: "dimensions",
    });
  }
  const texts = await tokensOf(model, input);
  const vectors = await vectorsOf(call, run, texts, pooling);
  const tokens = texts.reduce((sum, { length }) => sum + length, 0);
  const encode = form === "base64" ? toBase64 : (vector: Float32Array): number[] => Array.from(vector);
  return Response.json({
    object: "list",
    model: name,
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: encode(normalise(vector.subarray(0, dimensions ?? width))),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

/** float32, little-endian. */
function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes.toString("base64");
}

async function embedNatively(call: Call<NativeEmbeddingBody>, run: Run): Promise<Response> {
  const { content, pooling, embd_normalize: norm } = call.body;
  const vectors = await vectorsOf(call, run, await tokensOf(run.model, content), pooling);
  return Response.json(
    vectors.map((vector, index) => ({ index, embedding: [Array.from(scaled(vector, norm ?? 2))] })),
  );
}

/** llama.cpp's norms: −1 none; 0 the largest value becomes 32760; p the p-norm becomes 1. */
export function scaled(vector: Float32Array, norm: number): Float32Array {
  if (norm < 0) return vector;
  const size =
    norm === 0
      ? vector.reduce((max, value) => Math.max(max, Math.abs(value)), 0) / 32760
      : vector.reduce((sum, value) => sum + Math.abs(value) ** norm, 0) ** (1 / norm);
  return size === 0 ? vector : vector.map((value) => value / size);
}
