/** Calls of functions without a socket: whole and streamed, forced and free, and their results in the next turn. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, type TinyServer, tinyServer } from "../../test/support/tiny-server.ts";

const CHAT = "/v1/chat/completions";
const weather = {
  type: "function",
  function: {
    name: "weather",
    description: "the weather",
    strict: true,
    parameters: {
      type: "object",
      properties: { town: { enum: ["he", "the"] }, days: { type: "integer", minimum: 1, maximum: 5 } },
      required: ["town", "days"],
      additionalProperties: false,
    },
  },
};
const clock = { type: "function", function: { name: "clock", parameters: null } };
const ask = {
  messages: [{ role: "user", content: "the" }],
  tools: [weather, clock],
  temperature: 1,
  top_k: 0,
  top_p: 1,
  min_p: 0,
  seed: 3,
  max_tokens: 300,
};

let tiny: TinyServer;
beforeAll(async () => {
  tiny = await tinyServer({ bytes: true, load: { context: 4096 } });
});
afterAll(() => tiny[Symbol.asyncDispose]());

interface Call {
  readonly index?: number;
  readonly id?: string;
  readonly type?: string;
  readonly function: { readonly name?: string; readonly arguments: string };
}

async function answer(body: object) {
  const response = await tiny.post(CHAT, body);
  const found = await response.json();
  expect(response.status, JSON.stringify(found)).toBe(200);
  return found.choices[0];
}

function isWeather(call: Call): void {
  const { town, days } = JSON.parse(call.function.arguments);
  expect(call).toMatchObject({ type: "function", function: { name: "weather" } });
  expect(call.id).toMatch(/^\w+$/);
  expect(["he", "the"]).toContain(town);
  expect([1, 2, 3, 4, 5]).toContain(days);
}

describe("tool_choice", () => {
  it.each(["required", { type: "function", function: { name: "weather" } }])(
    "%j forces a call",
    async (tool_choice) => {
      const tools = tool_choice === "required" ? [weather] : ask.tools;
      const { message, finish_reason: reason } = await answer({
        ...ask,
        tools,
        tool_choice,
        parallel_tool_calls: false,
      });
      expect(message).toMatchObject({ role: "assistant", content: null });
      expect(message.tool_calls).toHaveLength(1);
      isWeather(message.tool_calls[0]);
      expect(reason).toBe("tool_calls");
    },
  );

  it("none and a request without tools give text", async () => {
    for (const changes of [
      { tool_choice: "none" },
      { tools: [] },
      { tools: undefined, tool_choice: "auto" },
    ]) {
      const { message } = await answer({ ...ask, ...changes, max_tokens: 5 });
      expect(message).not.toHaveProperty("tool_calls");
      expect(typeof message.content).toBe("string");
    }
  });
});

describe("a streamed call", () => {
  it("has its name first, then its arguments bit by bit", async () => {
    const body = {
      ...ask,
      tool_choice: { type: "function", function: { name: "weather" } },
      parallel_tool_calls: false,
    };
    const whole = await answer(body);
    const events = await eventsOf(await tiny.post(CHAT, { ...body, stream: true }));
    type Chunk = { choices: { delta: { tool_calls?: Call[] }; finish_reason: string | null }[] };
    const chunks = events.slice(0, -1).map((event) => (event as Chunk).choices[0]);
    const deltas = chunks.flatMap(({ delta }) => delta.tool_calls ?? []);
    expect(deltas[0]).toMatchObject({
      index: 0,
      type: "function",
      function: { name: "weather", arguments: "" },
    });
    expect(deltas.slice(1).length).toBeGreaterThan(3);
    expect(deltas.slice(1).every(({ index, id }) => index === 0 && id === undefined)).toBe(true);
    const text = deltas.map((delta) => delta.function.arguments).join("");
    expect(text).toBe(whole.message.tool_calls[0].function.arguments);
    expect(chunks.at(-1)?.finish_reason).toBe("tool_calls");
  });
});

describe("results", () => {
  it("go into the next prompt", async () => {
    const { message } = await answer({
      ...ask,
      tools: [weather],
      tool_choice: "required",
      parallel_tool_calls: false,
    });
    const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: "rain" };
    const next = await answer({
      ...ask,
      messages: [...ask.messages, message, result],
      tool_choice: "none",
      max_tokens: 4,
    });
    expect(typeof next.message.content).toBe("string");
  });
});

describe("what is refused", () => {
  it.each([
    ["a function that is not offered", { tool_choice: { type: "function", function: { name: "other" } } }],
    ["a demand without tools", { tools: [], tool_choice: "required" }],
    ["two functions of one name", { tools: [clock, clock] }],
    ["a name with spaces", { tools: [{ type: "function", function: { name: "a b" } }] }],
    ["streamed log-probabilities of calls", { stream: true, logprobs: true }],
    ["a tool of another type", { tools: [{ type: "web_search" }] }],
  ])("is %s, with 400", async (_, changes) => {
    const response = await tiny.post(CHAT, { ...ask, ...changes });
    expect(response.status).toBe(400);
    expect(tiny.server.context.admission.total).toBe(0);
  });
});
