/** llama.cpp's /completion and /infill. */
import type { Generation } from "../../generation/generation.ts";
import type { GenerationResult } from "../../generation/text-result.ts";
import { infillPrompt } from "../infill.ts";
import { type Call, route } from "../route.ts";
import { beginRun, noteResults, type Run, seedsOf, streamOptions } from "../run.ts";
import { COMPLETION, type CompletionBody, INFILL, type InfillBody } from "../schemas/native.ts";
import { eventStream } from "../sse.ts";
import { structureOptions } from "../structure.ts";
import { nativeAnswer, nativeProbability, onlyFields } from "./answers.ts";
import { chosenAdapters } from "./lora.ts";
import { hasSeveral, nativeOptions, promptsOf } from "./prompts.ts";

export const NATIVE_COMPLETION = route({
  method: "POST",
  path: "/completion",
  aliases: ["/completions"],
  summary: "Continue texts or token ids, with llama.cpp's fields",
  tag: "llama.cpp",
  body: COMPLETION,
  handle: (call) => generate(call, ({ model }) => promptsOf(call.body, model), hasSeveral(call.body)),
});

export const NATIVE_INFILL = route({
  method: "POST",
  path: "/infill",
  summary: "Write the text between two others",
  tag: "llama.cpp",
  body: INFILL,
  handle: (call) => generate(call, async (run) => [infillOf(call.body, run)], false),
});

function infillOf(body: InfillBody, { model }: Run): number[] {
  const { input_prefix: prefix, input_suffix: suffix, input_extra: files, prompt } = body;
  const parts = { prefix, suffix, begun: prompt ?? "", files: files ?? [] };
  return infillPrompt(model, parts, "input_suffix");
}

type Body = CompletionBody | InfillBody;

/** A prompt and its text, running. */
interface Text {
  readonly prompt: readonly number[];
  readonly generation: Generation;
}

async function generate(
  call: Call<Body>,
  promptsFor: (run: Run) => Promise<readonly (readonly number[])[]>,
  isSeveral: boolean,
): Promise<Response> {
  const { body } = call;
  const run = await beginRun(call, body.model);
  try {
    const options = {
      ...nativeOptions(call, run.model.tokenizer),
      ...structureOptions(body),
      adapters: chosenAdapters(call, run),
    };
    const [seed] = seedsOf(body.seed, 1);
    const prompts = await promptsFor(run);
    const texts = prompts.map((prompt) => ({
      prompt,
      generation: run.model.generate(prompt, { ...options, seed }),
    }));
    if (body.stream === true) return streamTexts(call, run, texts);
    const results = await Promise.all(texts.map(({ generation }) => generation.result()));
    run.end();
    finish(call, run, texts, results);
    const answers = results.map((result, i) => answerOf(call, run, texts[i], result, i));
    return Response.json(isSeveral ? answers : answers[0]);
  } catch (error) {
    call.abort.abort(error);
    run.end();
    throw error;
  }
}

/** Counts the texts, and remembers the one of a named place for /slots. */
function finish(
  call: Call<Body>,
  run: Run,
  texts: readonly Text[],
  results: readonly GenerationResult[],
): void {
  noteResults(call, run, results);
  const { id_slot: slot } = call.body;
  if (typeof slot !== "number" || slot < 0 || texts.length !== 1) return;
  call.server.slotTexts.set(call.client, run.name, slot, [...texts[0].prompt, ...results[0].tokens]);
}

function answerOf(
  { body }: Call<Body>,
  { name, model }: Run,
  text: Text,
  result: GenerationResult,
  index: number,
): object {
  return onlyFields(
    nativeAnswer(body, name, model.tokenizer, text.prompt, result, index),
    body.response_fields,
  );
}

function streamTexts(call: Call<Body>, run: Run, texts: readonly Text[]): Response {
  const { tokenizer } = run.model;
  const idSlot = call.body.id_slot ?? -1;
  return eventStream(
    async (send) => {
      const results = await Promise.all(
        texts.map(async (text, index) => {
          let count = 0;
          for await (const { token, text: content, logprobs } of text.generation.tokens()) {
            const head = { index, content, tokens: [token], stop: false, id_slot: idSlot };
            const probabilities =
              logprobs === undefined
                ? {}
                : { completion_probabilities: [nativeProbability(logprobs, tokenizer)] };
            send({
              ...head,
              tokens_predicted: ++count,
              tokens_evaluated: text.prompt.length,
              ...probabilities,
            });
          }
          const result = await text.generation.result();
          send({ ...answerOf(call, run, text, result, index), content: "" });
          return result;
        }),
      );
      finish(call, run, texts, results);
    },
    { ...streamOptions(call, run), last: "" },
  );
}
