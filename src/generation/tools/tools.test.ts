/** Calls of functions: formats by template, grammars, the parser at every split, messages for real templates. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TextChecker } from "../../../test/support/grammar-texts.ts";
import { sharedData, sharedPath } from "../../../test/support/shared-data.ts";
import { RequestError, UnsupportedError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { renderChat, TEMPLATE_NAMES } from "../chat/index.ts";
import { AnswerParser } from "./answer-parser.ts";
import { GENERIC, HERMES, LLAMA3, MISTRAL, type ToolFormat, toolFormat } from "./formats.ts";
import { callMessage, messagesForTemplate } from "./messages.ts";
import { readChoice, readTools } from "./read-tools.ts";
import { type ToolGrammarInputs, toolGrammar } from "./tool-grammar.ts";
import type { AnswerPart, FunctionTool } from "./types.ts";

const WEATHER: FunctionTool = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather of a place",
    parameters: {
      type: "object",
      properties: {
        city: { type: "string", maxLength: 20 },
        days: { type: "integer", minimum: 1, maximum: 9 },
      },
      required: ["city"],
      additionalProperties: false,
    },
  },
};
const TIME: FunctionTool = { type: "function", function: { name: "time" } };

/** By format: an answer with two calls (one, where the format has only one), and what it means. */
const ANSWERS: readonly (readonly [
  format: ToolFormat,
  answer: string,
  text: string,
  calls: readonly [string, string][],
])[] = [
  [
    HERMES,
    'Let me look.<tool_call>\n{"name": "get_weather", "arguments": {"city": "Li}\\"ma", "days":2}}\n</tool_call>\n<tool_call>\n{"name": "time", "arguments": {}}\n</tool_call>',
    "Let me look.",
    [
      ["get_weather", '{"city": "Li}\\"ma", "days":2}'],
      ["time", "{}"],
    ],
  ],
  [
    LLAMA3,
    '{"name": "get_weather", "parameters": {"city":"Lima"}}',
    "",
    [["get_weather", '{"city":"Lima"}']],
  ],
  [
    MISTRAL,
    '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city":"a,]b"}, "id": "abcdefgh1"}, {"name": "time", "arguments": {}, "id": "123456789"}]',
    "",
    [
      ["get_weather", '{"city":"a,]b"}'],
      ["time", "{}"],
    ],
  ],
  [GENERIC, '<tool_call>\n{"name": "time", "arguments": {}}\n</tool_call>', "", [["time", "{}"]]],
];

const grammarOf = (changes: Partial<ToolGrammarInputs> = {}): TextChecker =>
  new TextChecker(
    toolGrammar({
      format: HERMES,
      tools: [WEATHER, TIME],
      choice: "auto",
      parallel: true,
      markerId: undefined,
      ...changes,
    }),
  );

/** Joins the parts: text, and the calls' names and arguments. */
function joined(parts: readonly AnswerPart[]): { text: string; calls: [string, string][] } {
  const calls: [string, string][] = [];
  let text = "";
  for (const part of parts) {
    if (part.type === "text") text += part.text;
    else if (part.type === "call") calls[part.index] = [part.name, ""];
    else calls[part.index][1] += part.text;
  }
  return { text, calls };
}

describe("the format of calls", () => {
  it.each([...TEMPLATE_NAMES])("of the built-in template %s is generic", (name) => {
    expect(toolFormat(name)).toBe(GENERIC);
  });

  it.skipIf(!sharedData).each([
    ["NousResearch-Hermes-3-Llama-3.1-8B-tool_use", "hermes"],
    ["NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", "hermes"],
    ["meta-llama-Llama-3.1-8B-Instruct", "llama3"],
    ["meta-llama-Llama-3.2-3B-Instruct", "llama3"],
    ["meta-llama-Llama-3.3-70B-Instruct", "llama3"],
    ["mistralai-Mistral-Nemo-Instruct-2407", "mistral"],
    ["fireworks-ai-llama-3-firefunction-v2", undefined],
  ])("of %s is %s (needs ../shared/data)", (file, name) => {
    const source = readFileSync(sharedPath(`tokenizers/chat-templates/${file}.jinja`), "utf8");
    expect(toolFormat(source)?.name).toBe(name);
  });
});

describe("the grammar of an answer", () => {
  it.each(ANSWERS)("$name accepts its calls", (format, answer, text) => {
    expect(grammarOf({ format }).accepts(answer)).toBe(true);
    expect(grammarOf({ format, choice: "required" }).accepts(answer.slice(text.length))).toBe(true);
    expect(grammarOf({ format, choice: "none" }).accepts(answer)).toBe(false);
  });

  it("keeps names and arguments valid", () => {
    const checker = grammarOf({ choice: "required" });
    const call = (name: string, args: string): string =>
      `<tool_call>\n{"name": "${name}", "arguments": ${args}}\n</tool_call>`;
    expect(checker.accepts(call("get_weather", '{"city":"Lima"}'))).toBe(true);
    for (const [name, args] of [
      ["get_wether", '{"city":"Lima"}'],
      ["get_weather", "{}"],
      ["get_weather", '{"city":1}'],
      ["get_weather", '{"city":"a","x":1}'],
      ["time", '{"a":1}'],
    ])
      expect(checker.accepts(call(name, args)), args).toBe(false);
  });

  it("allows text, in front of calls too, and none where calls are demanded", () => {
    expect(grammarOf().accepts("It is < 3 <tool degrees.")).toBe(true);
    expect(grammarOf().accepts("")).toBe(true);
    expect(grammarOf().begins("x <tool_call> y")).toBe(false);
    expect(grammarOf({ choice: "required" }).begins("It")).toBe(false);
    expect(grammarOf({ choice: "none" }).begins("a <tool_call>")).toBe(false);
    expect(grammarOf({ format: LLAMA3 }).accepts("The answer is {}")).toBe(true);
    expect(grammarOf({ format: LLAMA3 }).begins('{"a')).toBe(false);
  });

  it("demands the named function, once", () => {
    const checker = grammarOf({ choice: { name: "time" } });
    const [, answer] = ANSWERS[3];
    expect(checker.accepts(answer)).toBe(true);
    expect(checker.begins(`${answer}\n`)).toBe(false);
    expect(checker.begins('<tool_call>\n{"name": "get')).toBe(false);
  });

  it("allows one call where parallel calls are off", () => {
    const [, two] = ANSWERS[0];
    expect(grammarOf({ parallel: false }).accepts(two)).toBe(false);
    expect(
      grammarOf({ parallel: false }).accepts(`${two.slice(0, two.indexOf("</tool_call>"))}</tool_call>`),
    ).toBe(true);
  });

  it("allows an answer of a structure instead of text", () => {
    const structure = {
      key: "",
      isJson: true,
      compile: () => ({ rules: new Map(), root: { kind: "literal", text: "[1]" } as const }),
    };
    const checker = grammarOf({ structure });
    expect(checker.accepts("[1]")).toBe(true);
    expect(checker.begins("It")).toBe(false);
    expect(checker.accepts(ANSWERS[3][1])).toBe(true);
  });

  it("writes a marker that is a control token as that token", () => {
    const { rules, root } = toolGrammar({
      format: MISTRAL,
      tools: [TIME],
      choice: "required",
      parallel: true,
      markerId: 7,
      structure: undefined,
    });
    expect(root).toMatchObject({
      kind: "sequence",
      parts: [{ kind: "token", id: 7 }, { kind: "literal", text: "[" }, {}, {}, {}],
    });
    expect(rules.size).toBeGreaterThan(0);
  });

  it("gives random answers whose calls are valid", () => {
    const random = new Random(5);
    for (const format of [HERMES, LLAMA3, MISTRAL]) {
      const checker = grammarOf({ format, choice: "required" });
      for (let i = 0; i < 20; i++) {
        const answer = checker.sample(random, 2000);
        if (answer === undefined) continue;
        const parser = new AnswerParser(format);
        parser.push(answer);
        parser.end();
        expect(parser.calls.length).toBeGreaterThan(0);
        for (const call of parser.calls) expect(["get_weather", "time"]).toContain(call.name);
        for (const call of parser.calls) expect(typeof JSON.parse(call.arguments)).toBe("object");
      }
    }
  });

  it.each([
    [{ type: "object", uniqueItems: true }, UnsupportedError],
    [{ type: "strng" }, RequestError],
  ])("refuses parameters that cannot be kept: %j", (parameters, kind) => {
    const tools = [{ type: "function" as const, function: { name: "f", parameters } }];
    expect(() => grammarOf({ tools })).toThrow(kind);
  });
});

describe("the parser", () => {
  it.each(ANSWERS)(
    "of $name splits text from calls, however the answer arrives",
    (format, answer, text, calls) => {
      fc.assert(
        fc.property(fc.array(fc.nat(answer.length), { maxLength: 12 }), (cuts) => {
          const places = [0, ...cuts.sort((a, b) => a - b), answer.length];
          const parser = new AnswerParser(format, 1);
          const parts = places.slice(1).flatMap((to, i) => parser.push(answer.slice(places[i], to)));
          expect(joined([...parts, ...parser.end()])).toEqual({ text, calls });
          expect(parser.text).toBe(text);
          expect(parser.calls.map((call) => [call.name, call.arguments])).toEqual(calls);
        }),
      );
    },
  );

  it("passes arguments on as they arrive", () => {
    const parser = new AnswerParser(HERMES, 1);
    parser.push('<tool_call>\n{"name": "f", "arguments": {"a');
    expect(parser.push('": "b')).toEqual([{ type: "arguments", index: 0, text: '": "b' }]);
    expect(parser.push('c"}')).toEqual([{ type: "arguments", index: 0, text: 'c"}' }]);
    expect(parser.push("}\n</tool_call>")).toEqual([]);
  });

  it("gives up held text when the answer ends, and holds nothing without need", () => {
    const parser = new AnswerParser(HERMES, 1);
    expect(parser.push("a < b")).toEqual([{ type: "text", text: "a < b" }]);
    expect(parser.push(" <tool_")).toEqual([{ type: "text", text: " " }]);
    expect(parser.end()).toEqual([{ type: "text", text: "<tool_" }]);
  });

  it("takes everything for text without a format", () => {
    const parser = new AnswerParser(undefined);
    expect(parser.push('{"name": "f"}<tool_call>')).toEqual([
      { type: "text", text: '{"name": "f"}<tool_call>' },
    ]);
  });

  it("gives ids of nine letters and digits, which depend on the seed", () => {
    const ids = [1, 1, 2].map((seed) => {
      const parser = new AnswerParser(LLAMA3, seed);
      parser.push('{"name": "f", "parameters": {}}');
      return parser.calls[0].id;
    });
    expect(ids[0]).toMatch(/^[A-Za-z0-9]{9}$/);
    expect([ids[1] === ids[0], ids[2] === ids[0]]).toEqual([true, false]);
  });
});

describe("messages", () => {
  const conversation = [
    { role: "user", content: "Weather?" },
    callMessage("", [{ id: "call_0123456789", name: "get_weather", arguments: '{"city":"Lima"}' }]),
    { role: "tool", tool_call_id: "call_0123456789", name: "get_weather", content: '{"degrees":20}' },
  ];

  it.skipIf(!sharedData).each([
    [
      "NousResearch-Hermes-3-Llama-3.1-8B-tool_use",
      '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Lima"}}\n</tool_call>',
    ],
    ["meta-llama-Llama-3.1-8B-Instruct", '{"name": "get_weather", "parameters": {"city": "Lima"}}<|eot_id|>'],
    ["meta-llama-Llama-3.2-3B-Instruct", '{"name": "get_weather", "parameters": {"city": "Lima"}}<|eot_id|>'],
    [
      "mistralai-Mistral-Nemo-Instruct-2407",
      '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Lima"}, "id": "123456789"}]',
    ],
  ])("of calls are written by the template of %s (needs ../shared/data)", (file, call) => {
    const source = readFileSync(sharedPath(`tokenizers/chat-templates/${file}.jinja`), "utf8");
    const format = toolFormat(source)!;
    const messages = messagesForTemplate(conversation, format, [WEATHER]);
    const { text } = renderChat(source, { messages, tools: [WEATHER], bosToken: "<s>", eosToken: "</s>" });
    expect(text).toContain(call);
    expect(text).toContain("degrees");
    expect(text).toContain("The weather of a place");
  });

  it("of calls are text for a template that does not know tools", () => {
    const messages = messagesForTemplate(conversation, GENERIC, [WEATHER]);
    const { text } = renderChat("chatml", { messages });
    expect(messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
    expect(text).toContain(JSON.stringify(WEATHER));
    expect(text).toContain(
      '<tool_call>\n{"name": "get_weather", "arguments": {"city":"Lima"}}\n</tool_call>',
    );
    expect(text).toContain('<tool_response>\n{"degrees":20}\n</tool_response>');
  });

  it("of several results become one message of the user", () => {
    const results = [1, 2].map((id) => ({ role: "tool", tool_call_id: `${id}`, content: `r${id}` }));
    const messages = messagesForTemplate([{ role: "system", content: "Be brief." }, ...results], GENERIC, []);
    expect(messages).toHaveLength(2);
    expect(messages[0].content).toMatch(/^Be brief\.\n\nYou may call/);
    expect(messages[1].content).toBe(
      "<tool_response>\nr1\n</tool_response>\n<tool_response>\nr2\n</tool_response>",
    );
  });

  it("keep arguments that are no JSON, and lose an empty list of calls", () => {
    const wrong = callMessage("", [{ id: "a", name: "f", arguments: "{" }]);
    expect(messagesForTemplate([wrong], HERMES, [])[0]).toMatchObject({
      tool_calls: [{ function: { arguments: "{" } }],
    });
    expect(messagesForTemplate([{ role: "assistant", content: "a", tool_calls: [] }], HERMES, [])[0]).toEqual(
      { role: "assistant", content: "a" },
    );
  });
});

describe("tools of a caller", () => {
  it.each([
    [[{ name: "f" }], "tools as"],
    [[null], "tools as"],
    [[{ type: "function", function: { name: "a b" } }], "the name"],
    [[{ type: "function", function: { name: "x".repeat(65) } }], "the name"],
    [[TIME, TIME], "twice"],
    [
      Array.from({ length: 129 }, (_, i) => ({ type: "function", function: { name: `f${i}` } })),
      "at most 128",
    ],
  ])("that cannot be used are refused: %#", (tools, message) => {
    expect(() => readTools(tools)).toThrow(RequestError);
    expect(() => readTools(tools)).toThrow(message);
  });

  it("that are demanded must be there", () => {
    expect(() => readChoice({ name: "x" }, [TIME])).toThrow('got "x"');
    expect(() => readChoice("required", [])).toThrow("tools to call");
    expect(readChoice({ name: "time" }, [TIME])).toEqual({ name: "time" });
  });
});
