/** Clients that others wrote, unchanged, over loopback. */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { tool as langchainTool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { generateText, Output, streamText, tool } from "ai";
import OpenAI from "openai";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Listening, listen } from "../../src/server/listen.ts";
import { type TinyServer, tinyServer } from "../support/tiny-server.ts";

const person = z.object({ name: z.enum(["he", "the"]), age: z.int().min(0).max(9) });

let tiny: TinyServer;
let listening: Listening;
let baseURL: string;
beforeAll(async () => {
  tiny = await tinyServer({ bytes: true, load: { context: 4096 } });
  listening = await listen(tiny.server, { host: "127.0.0.1", port: 0 });
  baseURL = `${listening.url}/v1`;
});
afterAll(async () => {
  await listening.drain(1);
  await tiny[Symbol.asyncDispose]();
});

const messages = [{ role: "user" as const, content: "hi there" }];
/** The answer that the library gives. */
async function expected(maxTokens: number) {
  const model = await tiny.model();
  return model.chat(messages, { temperature: 0, maxTokens, seed: 1 }).result();
}

describe("openai", () => {
  const client = () => new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
  const ask = { model: "tiny", messages, temperature: 0, max_completion_tokens: 8 };

  it("chats", async () => {
    const { choices, usage } = await client().chat.completions.create(ask);
    const { text, promptTokens, tokens } = await expected(8);
    expect(choices[0].message.content).toBe(text);
    expect(usage).toMatchObject({ prompt_tokens: promptTokens, completion_tokens: tokens.length });
  });

  it("streams, with the counts at the end", async () => {
    const stream = await client().chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let total: number | undefined;
    for await (const { choices, usage } of stream) {
      text += choices[0]?.delta.content ?? "";
      total = usage?.total_tokens ?? total;
    }
    const whole = await expected(8);
    expect(text).toBe(whole.text);
    expect(total).toBe(whole.promptTokens + whole.tokens.length);
  });

  it("collects a stream with its own helper, and reads log-probabilities", async () => {
    const final = await client()
      .chat.completions.stream({ ...ask, logprobs: true, top_logprobs: 2 })
      .finalChatCompletion();
    const { text, tokens } = await expected(8);
    expect(final.choices[0].message.content).toBe(text);
    expect(final.choices[0].logprobs?.content).toHaveLength(tokens.length);
    expect(final.choices[0].logprobs?.content?.[0].top_logprobs).toHaveLength(2);
  });

  it("gets the errors that its classes stand for", async () => {
    const refuse = (changes: object) =>
      client()
        .chat.completions.create({ ...ask, ...changes })
        .then(
          () => undefined,
          (error: unknown) => error,
        );
    expect(await refuse({ model: "gpt-5" })).toBeInstanceOf(OpenAI.NotFoundError);
    const long = await refuse({ messages: [{ role: "user", content: "x".repeat(5000) }] });
    expect(long).toBeInstanceOf(OpenAI.BadRequestError);
    expect(long).toMatchObject({ code: "context_length_exceeded" });
    expect(await refuse({ frequency_penalty: "high" })).toMatchObject({
      status: 400,
      param: "frequency_penalty",
    });
  });

  it("leaves a stream, and the text ends", async () => {
    const stream = await client().chat.completions.create({
      ...ask,
      max_completion_tokens: 400,
      stream: true,
    });
    for await (const _ of stream) break;
    const model = await tiny.model();
    for (let i = 0; i < 100 && model.load > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(model.load).toBe(0);
  });

  it("completes, with log-probabilities", async () => {
    const { choices } = await client().completions.create({
      model: "tiny",
      prompt: ["abc", "xyz"],
      temperature: 0,
      max_tokens: 3,
      logprobs: 1,
      echo: true,
    });
    expect(choices).toHaveLength(2);
    expect(choices[0].text.startsWith("abc")).toBe(true);
    expect(choices[0].logprobs?.token_logprobs?.[0]).toBeNull();
  });

  it("embeds; its own default is base64", async () => {
    const { data } = await client().embeddings.create({ model: "tiny", input: ["abc", "xyz"] });
    const expected = await (await tiny.model()).embed("xyz");
    expect(data[1].embedding).toEqual([...expected]);
  });

  it("gets values of a schema", async () => {
    const { choices } = await client().chat.completions.parse({
      ...ask,
      temperature: 1,
      max_completion_tokens: 200,
      response_format: zodResponseFormat(person, "person"),
    });
    expect(person.parse(choices[0].message.parsed)).toEqual(choices[0].message.parsed);
  });

  it("calls functions, whole and streamed", async () => {
    const tools = [zodFunction({ name: "greet", parameters: person })];
    const calling = {
      ...ask,
      temperature: 1,
      max_completion_tokens: 300,
      tools,
      tool_choice: "required" as const,
    };
    const { choices } = await client().chat.completions.parse({ ...calling, parallel_tool_calls: false });
    const [call] = choices[0].message.tool_calls ?? [];
    expect(person.parse(call.function.parsed_arguments)).toEqual(call.function.parsed_arguments);
    const final = await client()
      .chat.completions.stream({ ...calling, parallel_tool_calls: false, seed: 2 })
      .finalChatCompletion();
    const [streamed] = final.choices[0].message.tool_calls ?? [];
    expect(person.parse(JSON.parse(streamed.function.arguments))).toBeTruthy();
    expect(final.choices[0].finish_reason).toBe("tool_calls");
  });

  it("lists models", async () => {
    const names: string[] = [];
    for await (const { id } of client().models.list()) names.push(id);
    expect(names).toEqual(["tiny"]);
    expect((await client().models.retrieve("tiny")).id).toBe("tiny");
  });
});

describe("ai with its OpenAI-compatible provider", () => {
  const provider = { name: "cria", baseURL, includeUsage: true, supportsStructuredOutputs: true };
  const model = () => createOpenAICompatible({ ...provider, baseURL })("tiny");
  const ask = { messages, temperature: 0, maxOutputTokens: 8, seed: 1, maxRetries: 0 };

  it("generates text", async () => {
    const { text, usage, finishReason } = await generateText({ ...ask, model: model() });
    const whole = await expected(8);
    expect(text).toBe(whole.text);
    expect(usage.inputTokens).toBe(whole.promptTokens);
    expect(finishReason).toBe("length");
  });

  it("generates values of a schema", async () => {
    const { output } = await generateText({
      ...ask,
      temperature: 1,
      maxOutputTokens: 200,
      model: model(),
      output: Output.object({ schema: person }),
    });
    expect(person.parse(output)).toEqual(output);
  });

  it("calls functions", async () => {
    const greeted: unknown[] = [];
    const execute = async (input: unknown) => greeted.push(input);
    await generateText({
      ...ask,
      temperature: 1,
      maxOutputTokens: 300,
      model: model(),
      tools: { greet: tool({ inputSchema: person, execute }) },
      toolChoice: { type: "tool", toolName: "greet" },
    });
    expect(greeted.length).toBeGreaterThan(0);
    for (const input of greeted) expect(person.parse(input)).toEqual(input);
  });

  it("streams text", async () => {
    const result = streamText({ ...ask, model: model() });
    let text = "";
    for await (const piece of result.textStream) text += piece;
    const whole = await expected(8);
    expect(text).toBe(whole.text);
    expect((await result.usage).outputTokens).toBe(whole.tokens.length);
  });
});

describe("@langchain/openai", () => {
  const chat = (maxTokens = 8) =>
    new ChatOpenAI({
      model: "tiny",
      apiKey: "none",
      temperature: 0,
      maxTokens,
      maxRetries: 0,
      configuration: { baseURL },
    });

  it("invokes", async () => {
    const answer = await chat().invoke([new SystemMessage("ab"), new HumanMessage("hi")]);
    const model = await tiny.model();
    const same = [
      { role: "system", content: "ab" },
      { role: "user", content: "hi" },
    ];
    expect(answer.content).toBe(await model.chat(same, { temperature: 0, maxTokens: 8 }).text());
    expect(answer.usage_metadata).toMatchObject({ output_tokens: 8 });
  });

  it("calls functions", async () => {
    const bound = chat(300).bindTools([langchainTool(async () => "", { name: "greet", schema: person })], {
      tool_choice: "greet",
    });
    const answer = await bound.invoke([new HumanMessage("hi there")]);
    for (const { name, args } of answer.tool_calls ?? []) {
      expect(name).toBe("greet");
      expect(person.parse(args)).toEqual(args);
    }
    expect((answer.tool_calls ?? []).length + (answer.invalid_tool_calls ?? []).length).toBeGreaterThan(0);
  });

  it("streams", async () => {
    let text = "";
    for await (const chunk of await chat().stream([new HumanMessage("hi there")])) text += chunk.content;
    expect(text).toBe((await expected(8)).text);
  });
});
