/** The bodies of /v1/embeddings, /v1/rerank and llama.cpp's /embedding. */
import * as z from "zod/mini";
import { POOLINGS } from "../../model/pooling.ts";
import { integerFrom } from "../../schema/schema.ts";
import { field, MODEL, required, text, tokenIds } from "./fields.ts";

/** Most texts of one request. */
export const MAX_TEXTS = 2048;

const several = <Schema extends z.ZodMiniType>(schema: Schema) =>
  z.array(schema).check(z.minLength(1), z.maxLength(MAX_TEXTS));
const inputs = z.union([
  text,
  several(text),
  tokenIds.check(z.minLength(1)),
  several(tokenIds.check(z.minLength(1))),
]);
const pooling = field(z.enum(POOLINGS), "how the vectors of tokens are combined; default: mean");

export const EMBEDDINGS = z.strictObject({
  ...MODEL,
  input: required(inputs, "a text, token ids, or several of either"),
  encoding_format: field(z.enum(["float", "base64"]), "base64: little-endian float32"),
  dimensions: field(integerFrom(1, 2 ** 20), "the first so many numbers, scaled to length 1"),
  user: field(text, "the end user"),
  pooling,
});
export type EmbeddingsBody = z.output<typeof EMBEDDINGS>;

export const NATIVE_EMBEDDING = z.strictObject({
  ...MODEL,
  content: required(inputs, "a text, token ids, or several of either"),
  embd_normalize: field(
    integerFrom(-1, 64),
    "−1 none, 0 largest value 32760, 1 sum of absolute values 1, 2 length 1 (default), n the n-norm 1",
  ),
  pooling,
});
export type NativeEmbeddingBody = z.output<typeof NATIVE_EMBEDDING>;

const document = z.union([text, z.strictObject({ text })]);

export const RERANK = z.strictObject({
  ...MODEL,
  query: required(text, "the question"),
  documents: required(several(document), "the texts to be ranked"),
  top_n: field(integerFrom(1, MAX_TEXTS), "how many to return; default: all"),
  return_documents: field(z.boolean(), "repeat the texts in the answer"),
  method: field(
    z.enum(["likelihood", "embedding"]),
    "likelihood: of the question given the text (default); embedding: cosine of the embeddings, for embedding models",
  ),
});
export type RerankBody = z.output<typeof RERANK>;
