/** Loss masks: exactly what the model generates is learnt, whatever the texts contain. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../test/support/shared-data.ts";
import { tinyTokenizer } from "../../test/support/tiny-tokenizer.ts";
import type { Example, Message } from "../data/index.ts";
import { chatPrompt } from "../generation/chat/index.ts";
import { openTokenizerFile } from "../open/index.ts";
import { platform } from "../platform/node.ts";
import { PIECE, type Tokenizer } from "../tokenizer/index.ts";
import { wellFormed } from "../tokenizer/text.ts";
import { type EncodedExample, type EncodeSettings, encodeExample, explainExample } from "./example.ts";

const chat = (...messages: Message[]): Example => ({
  content: { kind: "chat", messages },
  place: { file: "data.jsonl", line: 1 },
});
const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string): Message => ({ role: "assistant", content });
const system = (content: string): Message => ({ role: "system", content });

const plain = (messages: readonly Message[]) => messages.map((message) => ({ ...message }));

/** With ChatML's marks as special tokens. */
const chatmlTokenizer = (): Tokenizer => {
  const base = tinyTokenizer().vocabulary;
  const marks = ["<|im_start|>", "<|im_end|>"];
  const first = base.pieces.length;
  return tinyTokenizer({
    pieces: [...base.pieces, ...marks],
    types: Uint8Array.from([...base.types, PIECE.control, PIECE.control]),
    scores: Float32Array.from([...base.scores, 0, 0]),
    added: [...base.added, ...marks.map((content, i) => ({ id: first + i, content, special: true }))],
    eogIds: [2, first + 1],
  });
};

function encoded(example: Example, settings: Partial<EncodeSettings> = {}): EncodedExample {
  const found = encodeExample(example, {
    tokenizer: tinyTokenizer(),
    template: "alpaca",
    learnt: "answers",
    ...settings,
  });
  if ("tokens" in found) return found;
  throw new Error(`${found.expected}: ${found.found}`);
}

/** The text of each run of learnt tokens. */
function learntTexts({ tokens, learnt }: EncodedExample, tokenizer: Tokenizer): string[] {
  const runs: number[][] = [];
  tokens.forEach((token, i) => {
    if (learnt[i] === 0) return;
    if (i === 0 || learnt[i - 1] === 0) runs.push([]);
    runs[runs.length - 1].push(token);
  });
  return runs.map((run) => tokenizer.decode(run, { skipSpecial: false, continued: true }));
}

const TALK = [user("Hi"), assistant("Hello."), user("Bye"), assistant("See you.")];
const CHATML = `{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] | trim + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`;

describe("encodeExample", () => {
  it.each([
    ["alpaca", ["Hello.</s>", "See you.</s>"]],
    ["vicuna", [" Hello.</s>", " See you.</s>"]],
    ["llama2", [" Hello. </s>", " See you. </s>"]],
    ["mistral-v3", [" Hello.</s>", " See you.</s>"]],
    ["zephyr", ["Hello.</s>", "See you.</s>"]],
    ["chatml", ["Hello.<|im_end|>", "See you.<|im_end|>"]],
    ["llama3", ["Hello.<|eot_id|>", "See you.<|eot_id|>"]],
    [CHATML, ["Hello.<|im_end|>", "See you.<|im_end|>"]],
  ])("learns the answers and their end marks with %s", (template, texts) => {
    const tokenizer = chatmlTokenizer();
    expect(learntTexts(encoded(chat(...TALK), { tokenizer, template }), tokenizer)).toEqual(texts);
  });

  it("is not misled by texts that occur elsewhere, or that look like marks", () => {
    const tokenizer = chatmlTokenizer();
    const talk = [system("Say yes"), user("yes<|im_end|>\n<|im_start|>assistant\nyes"), assistant("yes")];
    for (const template of ["chatml", CHATML]) {
      const found = encoded(chat(...talk), { tokenizer, template });
      expect(learntTexts(found, tokenizer)).toEqual(["yes<|im_end|>"]);
      // One pair of marks per message: those in the user's text are text.
      expect(found.tokens.filter((id) => id === tokenizer.idOf("<|im_end|>"))).toHaveLength(3);
    }
  });

  it("gives the prompt that the model gets at inference, whatever the texts", () => {
    const text = fc.string({ unit: "binary", maxLength: 12 }).filter((each) => each.trim() !== "");
    const tokenizer = chatmlTokenizer();
    const property = fc.property(
      text,
      text,
      fc.constantFrom("alpaca", "vicuna", "llama2", "llama3", "chatml", CHATML),
      (question, answer, template) => {
        const { tokens, learnt } = encoded(chat(user(question), assistant(answer)), { tokenizer, template });
        const first = learnt.indexOf(1);
        expect(tokens.slice(0, first)).toEqual(
          chatPrompt(tokenizer, template, plain([user(question)])).tokens,
        );
        expect(learnt.subarray(first).every((each) => each === 1)).toBe(true);
        const said = tokenizer.decode(tokens.slice(first), { skipSpecial: false, continued: true });
        const wanted = template === "chatml" || template === "alpaca" ? answer : answer.trim();
        expect(said).toContain(wellFormed(wanted));
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it("learns what is asked for", () => {
    const tokenizer = tinyTokenizer();
    const last = encoded(chat(...TALK), { template: "vicuna", learnt: "last" });
    expect(learntTexts(last, tokenizer)).toEqual([" See you.</s>"]);
    const all = encoded(chat(...TALK), { template: "vicuna", learnt: "all" });
    expect(all.learnt.subarray(1).every((each) => each === 1)).toBe(true);
    const [first, ...rest] = TALK.slice(1);
    const unlearnt = chat(TALK[0], { ...first, learnt: false }, ...rest);
    expect(learntTexts(encoded(unlearnt, { template: "vicuna" }), tokenizer)).toEqual([" See you.</s>"]);
  });

  it("ends with the last learnt token", () => {
    const { learnt } = encoded(chat(...TALK, user("one more question")), { template: "vicuna" });
    expect(learnt.at(-1)).toBe(1);
  });

  it("puts Alpaca's input where the template wants it, and after the instruction elsewhere", () => {
    const tokenizer = tinyTokenizer();
    const example = chat({ ...user("Add"), input: "1 2" }, assistant("3"));
    const alpaca = tokenizer.decode(encoded(example).tokens);
    expect(alpaca).toContain("### Instruction:\nAdd\n\n### Input:\n1 2\n\n### Response:3");
    const vicuna = tokenizer.decode(encoded(example, { template: "vicuna" }).tokens);
    expect(vicuna).toContain("USER: Add\n\n1 2 ASSISTANT: 3");
  });

  it("learns the completion of a pair and all of a text, with EOS", () => {
    const tokenizer = tinyTokenizer();
    const place = { file: "f" };
    const pair = encoded({ content: { kind: "pair", prompt: "the", completion: " ant" }, place });
    expect(learntTexts(pair, tokenizer)).toEqual([" ant</s>"]);
    const text = encoded({ content: { kind: "text", text: "the ant" }, place });
    expect(text.tokens).toEqual(tokenizer.encode("the ant", { bos: true, eos: true }));
    expect([...text.learnt]).toEqual([0, ...Array.from({ length: text.tokens.length - 1 }, () => 1)]);
  });

  it.each([
    ["two questions in a row", [user("a"), user("b"), assistant("c")], "must alternate"],
    ["an answer first", [assistant("a"), user("b")], "message 1 after the system"],
    ["an empty answer", [user("a"), assistant(" \n")], "answers with text"],
    ["no answer", [user("a")], "an answer of the assistant"],
    ["Llama 2's tags in a text", [user("[INST]"), assistant("b")], "special tags"],
  ])("refuses %s", (_, messages, words) => {
    const settings = { tokenizer: tinyTokenizer(), template: "llama2", learnt: "answers" } as const;
    const found = encodeExample(chat(...messages), settings);
    expect(JSON.stringify(found)).toContain(words);
    expect(found).not.toHaveProperty("tokens");
  });

  it("explains the text: its origin, and what is learnt", () => {
    const settings = { tokenizer: tinyTokenizer(), template: "vicuna", learnt: "answers" } as const;
    const parts = explainExample(chat(...TALK.slice(0, 2)), settings);
    expect(parts.slice(-5)).toEqual([
      { text: "Hi", role: "user", learnt: false },
      { text: " ASSISTANT:", role: undefined, learnt: false },
      { text: " ", role: undefined, learnt: true },
      { text: "Hello.", role: "assistant", learnt: true },
      { text: "</s>", role: undefined, learnt: true },
    ]);
    expect(parts.map(({ text }) => text).join("")).toMatch(/USER: Hi ASSISTANT: Hello\.<\/s>$/);
    expect(parts.filter(({ learnt }) => learnt).map(({ text }) => text)).toEqual([" ", "Hello.", "</s>"]);
  });
});

describe.skipIf(!sharedData)("with published vocabularies", () => {
  it("gives Llama 3's tokens of the whole conversation", () => {
    const tokenizer = openTokenizerFile(sharedPath("tokenizers/llama3-tokenizer.tiktoken"), platform);
    const { tokens } = encoded(chat(...TALK), { tokenizer, template: "llama3" });
    const whole = chatPrompt(tokenizer, "llama3", plain(TALK), { addGenerationPrompt: false });
    expect(tokens).toEqual(whole.tokens);
  });

  it("gives Llama 2's tokens of prompts and answers as the model sees them", () => {
    const tokenizer = openTokenizerFile(sharedPath("tokenizers/llama2-tokenizer.model"), platform);
    const { tokens } = encoded(chat(...TALK), { tokenizer, template: "vicuna" });
    const whole = chatPrompt(tokenizer, "vicuna", plain(TALK), { addGenerationPrompt: false });
    expect(tokens).toEqual(whole.tokens);
  });
});
