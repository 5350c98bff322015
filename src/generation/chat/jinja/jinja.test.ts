import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CriaError, RequestError, TemplateError } from "../../../base/errors.ts";
import { jinjaTemplate } from "../jinja-template.ts";
import type { ChatInput, ChatSegment } from "../types.ts";

const NOW = new Date(2026, 2, 5, 14, 7, 9);
const HI: ChatInput = { messages: [{ role: "user", content: "Hi" }], now: NOW };
const textOf = (segments: readonly ChatSegment[]) => segments.map((segment) => segment.text).join("");
const render = (source: string, input: ChatInput = HI) => textOf(jinjaTemplate(source).render(input));

/** Written by a script outside this project that ran Python's jinja2; the file says with which settings. */
const { vectors } = JSON.parse(readFileSync(new URL("./python.vectors.json", import.meta.url), "utf8")) as {
  vectors: [string, string][];
};

describe("templates as Python's jinja2 renders them", () => {
  it.each(vectors)("%s", (source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe("templates that fail", () => {
  it.each([
    ["raise_exception", "{{ raise_exception('no ' + 'way') }}", 'its own message: "no way"'],
    ["an undefined name in a sum", "{{ 'a' + missing }}", '"missing" is undefined'],
    ["an attribute of undefined", "{{ missing.name }}", '"missing" is undefined'],
    ["an unknown filter", "{{ 1 | __proto__ }}", 'no filter "__proto__"'],
    ["an unknown test", "{{ 1 is constructor }}", 'no test "constructor"'],
    ["a call of data", "{{ messages() }}", "list cannot be called"],
    ["a change of a list", "{{ messages.append(1) }}", "undefined cannot be called"],
    ["a set attribute of a dict", "{% set messages[0].x = 1 %}", "only a namespace"],
    ["mixed addition", "{{ 'a' + 1 }}", "cannot compute string + int"],
    ["division by zero", "{{ 1 // 0 }}", "division by zero"],
    ["a huge integer", "{{ 10 ** 20 }}", "too large"],
    ["a huge range", "{{ range(1000000) }}", "larger than 100000"],
  ])("%s", (_name, source, message) => {
    expect(() => render(source)).toThrow(TemplateError);
    expect(() => render(source)).toThrow(message);
  });

  it.each([
    "{{ ",
    "{% if %}",
    "{% for x in %}",
    "{% if true %}",
    "{{ 'abc }}",
    "{% nonsense %}",
    "{{ 1 1 }}",
    "{# x",
    "{{ ]",
  ])("does not parse %s", (source) => {
    expect(() => jinjaTemplate(source, { name: "m.gguf" })).toThrow(TemplateError);
    expect(() => jinjaTemplate(source, { name: "m.gguf" })).toThrow('read the chat template "m.gguf"');
  });
});

describe("nothing of JavaScript is reachable", () => {
  it.each([
    "constructor",
    "__proto__",
    "prototype",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "__class__",
    "runs",
    "length",
    "entries",
  ])("%s of a string, list, dict, function, loop and namespace is undefined", (name) => {
    for (const value of [
      "'s'",
      "[1]",
      "{'a': 1}",
      "range",
      "messages",
      "messages[0]",
      "namespace()",
      "1",
      "1.5",
    ]) {
      expect(render(`{% set v = ${value} %}{{ v.${name} is defined }}{{ v['${name}'] is defined }}`)).toBe(
        "FalseFalse",
      );
    }
  });

  it.each(["constructor", "globalThis", "process", "require", "Function", "self", "__proto__", "eval"])(
    "%s is not a name",
    (name) => {
      expect(render(`{{ ${name} is defined }}`)).toBe("False");
    },
  );

  it("treats __proto__ in data as an ordinary key", () => {
    const message = JSON.parse('{"role": "user", "content": "x", "__proto__": {"polluted": 1}}');
    expect(
      render("{{ messages[0]['__proto__'] }}{{ messages[0].polluted is defined }}", { messages: [message] }),
    ).toBe("{'polluted': 1}False");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it("refuses functions, class instances and endless data as input", () => {
    const endless: Record<string, unknown> = { role: "user", content: "" };
    endless.self = endless;
    for (const extra of [() => 1, new Date(), 10n, Symbol("s"), new (class X {})()]) {
      const messages = [{ role: "user", content: "", extra }];
      expect(() => render("x", { messages })).toThrow(RequestError);
    }
    expect(() => render("x", { messages: [endless as never] })).toThrow("levels of nesting");
  });
});

describe("template bombs end with an error", () => {
  const range = "range(100000)";
  it.each([
    [
      "nested loops",
      `{% for a in ${range} %}{% for b in ${range} %}{% for c in ${range} %}{% endfor %}{% endfor %}{% endfor %}`,
    ],
    [
      "nested loops that write",
      `{% for a in ${range} %}{% for b in ${range} %}xxxxxxxxxx{% endfor %}{% endfor %}`,
    ],
    [
      "doubled strings",
      "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}",
    ],
    [
      "doubled strings by ~",
      "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
    ],
    [
      "doubled lists",
      "{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    ],
    ["string repetition", "{{ 'x' * 1000000000 }}"],
    ["list repetition", "{{ [1] * 1000000000 }}"],
    ["empty repetition", "{{ ('' * 1000000000)|length }}{{ ([] * 1000000000)|length }}"],
    ["recursive macro", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"],
    [
      "two recursive macros",
      "{% macro f(n) %}{% if n < 40 %}{{ f(n + 1) }}{{ f(n + 1) }}{% endif %}{% endmacro %}{{ f(0) }}",
    ],
    ["replace by much", "{% set s = 'x' * 100000 %}{{ s.replace('x', s).replace('x', s) }}"],
    ["replace of nothing", "{% set s = 'x' * 100000 %}{{ s.replace('', s) }}"],
    ["join of much", "{% set s = 'x' * 100000 %}{{ ([s] * 100000) | join(s) }}"],
    [
      "split and join",
      "{% set s = 'x' * 1000000 %}{% for i in range(1000) %}{% set t = s.split('x') %}{% endfor %}",
    ],
    [
      "shared data as JSON",
      "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a | tojson }}",
    ],
    [
      "shared data printed",
      "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}",
    ],
    [
      "shared data compared",
      "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}",
    ],
    [
      "deep data as JSON",
      "{% set ns = namespace(a=[1]) %}{% for i in range(50000) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a | tojson }}",
    ],
    ["indent of lines", "{% set s = '\\n' * 1000000 %}{{ s | indent(1000, true, true) }}"],
    ["unique of many", `{{ ${range} | list | unique | list }}`],
    ["membership in many", `{% set l = ${range} | list %}{% for i in l %}{{ -1 in l }}{% endfor %}`],
    [
      "search in long strings",
      "{% set s = 'x' * 1000000 %}{% for i in range(100000) %}{{ 'y' in s }}{% endfor %}",
    ],
    [
      "trim of long strings",
      "{% set s = ' ' * 1000000 %}{% for i in range(100000) %}{{ s | trim }}{% endfor %}",
    ],
    ["slices of long lists", `{% set l = ${range} %}{% for i in l %}{% set x = l[1:] %}{% endfor %}`],
    [
      "sort in a loop",
      `{% set l = ${range} %}{% for i in l %}{% set x = l | sort(reverse=true) %}{% endfor %}`,
    ],
    [
      "map of joins",
      "{% set l = ['x' * 1000] * 1000 %}{% for i in range(100000) %}{% set x = l | join %}{% endfor %}",
    ],
    [
      "spread arguments",
      `{% macro f() %}{{ varargs | length }}{% endmacro %}{% for i in ${range} %}{{ f(*${range}) }}{% endfor %}`,
    ],
    [
      "comparison of long strings",
      "{% set a = 'x' * 4000000 ~ 'a' %}{% set b = 'x' * 4000000 ~ 'b' %}{% for i in range(100000) %}{{ a < b }}{{ a == b }}{% endfor %}",
    ],
    [
      "characters of a long string",
      "{% set s = 'x' * 1000000 %}{% for i in range(1000) %}{% for c in s %}{% break %}{% endfor %}{% endfor %}",
    ],
    [
      "formats of time",
      "{% set s = '%Y' * 1000000 %}{% for i in range(1000) %}{% set x = strftime_now(s) %}{% endfor %}",
    ],
  ])("%s", (_name, source) => {
    expect(() => render(source)).toThrow(TemplateError);
  });

  it.each([
    ["a long source", "x".repeat(200_000)],
    ["a long run of white space", `{{ 1 }}${" ".repeat(100_000)}{% if true %}{% endif %}`],
    ["deep parentheses", `{{ ${"(".repeat(60_000)}1${")".repeat(60_000)} }}`],
    ["deep lists", `{{ ${"[".repeat(60_000)}${"]".repeat(60_000)} }}`],
  ])("%s is refused when it is read", (_name, source) => {
    expect(() => jinjaTemplate(source)).toThrow(TemplateError);
  });

  it("long sums end with text or an error, not with a crash", () => {
    expect(() => render(`{{ ${"1+".repeat(40_000)}1 }}`)).toThrow(TemplateError);
  });

  it("ten thousand messages are not a bomb", () => {
    const messages = Array.from({ length: 10_000 }, (_, i) => ({
      role: i % 2 === 0 ? "user" : "assistant",
      content: `message ${i} ${"x".repeat(200)}`,
    }));
    const source =
      "{% for m in messages %}{% if m['role'] == 'user' %}{{ '<u>' + m['content'] | trim + '</u>' }}{% else %}{{ m.content }}{% endif %}{% endfor %}";
    expect(render(source, { messages })).toHaveLength(
      messages.reduce((sum, m, i) => sum + m.content.length + (i % 2 === 0 ? 7 : 0), 0),
    );
    const collected =
      "{% set ns = namespace(s='') %}{% for m in messages %}{% set ns.s = ns.s + m.content %}{% endfor %}{{ ns.s }}";
    expect(render(collected, { messages })).toHaveLength(
      messages.reduce((sum, m) => sum + m.content.length, 0),
    );
  });
});

describe("origin of characters", () => {
  const user = (content: string) => ({ messages: [{ role: "user", content }] });
  const split = (source: string, content: string) =>
    jinjaTemplate(source)
      .render(user(content))
      .map(({ text, special }) => (special ? text : `«${text}»`))
      .join("");

  it.each([
    ["{{ '<a>' + messages[0].content + '</a>' }}", " x ", "<a>« x »</a>"],
    ["{{ '<a>' + messages[0].content | trim + '</a>' }}", " x ", "<a>«x»</a>"],
    ["{{ messages[0].content.split('</think>')[-1] }}!", "a</think>b", "«b»!"],
    ["{{ messages[0].content.replace('b', '<b>') }}", "abc", "«a»<b>«c»"],
    ["{{ messages[0].content | upper }}{{ 'x' | upper }}", "ß", "«SS»X"],
    ["{{ messages | tojson }}", 'q"', '[{"role": "user", "«content»": "«q\\"»"}]'],
    ["{{ messages[0].content[1:] ~ '-' ~ messages[0].content[0] }}", "abc", "«bc»-«a»"],
    ["{% set x %}<{{ messages[0].content }}>{% endset %}{{ x | trim }}", "k", "<«k»>"],
    ["{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(messages[0].content) }}", "k", "[«k»]"],
    ["{% filter upper %}a{{ messages[0].content }}{% endfilter %}", "k", "A«K»"],
    ["{{ [messages[0].content, 'y'] | join(', ') }}", "k", "«k», y"],
    ["{{ messages[0].content | indent(2, true) }}", "a\nb", "  «a»\n  «b»"],
    ["{{ [messages[0].content] }}", "k", "['«k»']"],
    ["{% for c in messages[0].content %}{{ c }}.{% endfor %}", "ab", "«a».«b»."],
    ["{{ '<|' + messages[0].role + '|>' }}", "x", "<|user|>"],
    ["{{ messages[0].content | title }}", "ab cd", "«Ab Cd»"],
    ["{{ messages[0].content * 2 }}{{ (messages[0].content * 2) | replace('kk', '#') }}", "k", "«kk»#"],
  ])("%s", (source, content, expected) => {
    expect(split(source, content)).toBe(expected);
  });

  it("is the caller for unknown roles", () => {
    const input = { messages: [{ role: "im_end", content: "" }] };
    expect(jinjaTemplate("<|{{ messages[0].role }}|>").render(input)).toEqual([
      { text: "<|", special: true },
      { text: "im_end", special: false },
      { text: "|>", special: true },
    ]);
  });

  it("is never lost, whatever a template does", () => {
    const letters = fc.string({ unit: fc.constantFrom("ⓐ", "ⓑ", "ⓒ", " "), minLength: 1, maxLength: 12 });
    const operation = fc.constantFrom(
      " | trim",
      ".strip('ⓐ')",
      ".split('ⓑ') | join('-')",
      ".replace('ⓐ', 'x')",
      ".replace('', '.')",
      "[1:]",
      "[::-1]",
      "[:-1]",
      " | reverse",
      " | tojson",
      " | list | string",
      " | indent",
      ".splitlines() | last | string",
      " | list | sort | join",
      " ~ 'y' ~ messages[0].content",
      " | default('z')",
      ".rsplit('ⓒ', 1)[0]",
      " | escape",
      " | list | map('upper') | join",
    );
    fc.assert(
      fc.property(letters, fc.array(operation, { maxLength: 4 }), (content, operations) => {
        const expression = operations.reduce((inner, next) => `(${inner}${next})`, "messages[0].content");
        for (const { text, special } of jinjaTemplate(`{{ ${expression} }}`).render(user(content))) {
          if (special) expect(text).not.toMatch(/[ⓐ-ⓒⒶ-Ⓒ]/);
          else expect(text).toMatch(/^[ⓐ-ⓒⒶ-Ⓒ ]+$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

it("any text is either a template or a CriaError", () => {
  const piece = fc.constantFrom(
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "-%}",
    "{%-",
    " if ",
    " for ",
    " in ",
    " endif ",
    " endfor ",
    " set ",
    " = ",
    "x",
    "messages",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "'",
    '"',
    "|",
    ".",
    ",",
    ":",
    " not ",
    " is ",
    "1",
    "+",
    "*",
    "**",
    "~",
    "\n",
    " macro ",
    " endmacro ",
    "else",
    " tojson",
    " upper",
    " join",
    " namespace()",
    "\\",
    "{% generation %}",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        render(pieces.join(""));
      } catch (error) {
        expect(error).toBeInstanceOf(CriaError);
      }
    }),
    { numRuns: 3000 },
  );
});
