/**
 * /v1/rerank: which texts answer a question best, in the form of Jina's and Cohere's APIs. A language model rates a text
 * by the likelihood of the question after it ([UPR], eq. 1); an embedding model by the cosine of the two vectors.
 */
import { normalise } from "../../model/pooling.ts";
import { encodePrompt, mapGently } from "../prompt-text.ts";
import { type Call, route } from "../route.ts";
import { type Run, withModel } from "../run.ts";
import { RERANK, type RerankBody } from "../schemas/embeddings.ts";
import { tokensOf, vectorsOf } from "./embeddings.ts";

export const RERANKED = route({
  method: "POST",
  path: "/v1/rerank",
  aliases: ["/rerank", "/v1/reranking", "/reranking", "/v2/rerank"],
  summary: "Rank texts by how well they answer a question",
  tag: "OpenAI",
  body: RERANK,
  handle: (call) => withModel(call, call.body.model, (run) => rerank(call, run)),
});

/** The scores of the texts, and the tokens that they took. */
interface Rating {
  readonly scores: readonly number[];
  readonly tokens: number;
}

async function rerank(call: Call<RerankBody>, run: Run): Promise<Response> {
  const { query, documents, top_n: most, return_documents: repeats, method } = call.body;
  const texts = documents.map((each) => (typeof each === "string" ? each : each.text));
  const rate = method === "embedding" ? byEmbedding : byLikelihood;
  const { scores, tokens } = await rate(call, run, query, texts);
  const results = scores
    .map((score, index) => ({
      index,
      relevance_score: score,
      ...(repeats === true ? { document: { text: texts[index] } } : {}),
    }))
    .sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
    .slice(0, most ?? texts.length);
  return Response.json({
    object: "list",
    model: run.name,
    results,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

/** exp of the mean log-probability of the question's tokens after the text: between 0 and 1. */
async function byLikelihood(
  call: Call<unknown>,
  run: Run,
  query: string,
  texts: readonly string[],
): Promise<Rating> {
  const { model, adapters } = run;
  const question = model.tokenizer.encode(` ${query}`);
  const prompts = await mapGently(texts, (text) => {
    const before = `Passage: ${text}\nPlease write a question based on this passage.\nQuestion:`;
    return [...encodePrompt(model, before), ...question];
  });
  const results = await Promise.all(
    prompts.map((prompt) =>
      model
        .generate(prompt, {
          maxTokens: 0,
          promptLogprobs: 0,
          adapters,
          cacheSalt: call.cacheSalt,
          signal: call.abort.signal,
        })
        .result(),
    ),
  );
  const scores = results.map(({ promptLogprobs = [] }) => {
    const own = promptLogprobs.slice(-question.length);
    return Math.exp(own.reduce((sum, entry) => sum + (entry?.logprob ?? 0), 0) / Math.max(1, own.length));
  });
  return { scores, tokens: prompts.reduce((sum, { length }) => sum + length, 0) };
}

async function byEmbedding(
  call: Call<unknown>,
  run: Run,
  query: string,
  texts: readonly string[],
): Promise<Rating> {
  const inputs = await tokensOf(run.model, [query, ...texts]);
  const [question, ...vectors] = (await vectorsOf(call, run, inputs, undefined)).map(normalise);
  const scores = vectors.map((vector) => vector.reduce((sum, value, i) => sum + value * question[i], 0));
  return { scores, tokens: inputs.reduce((sum, { length }) => sum + length, 0) };
}
