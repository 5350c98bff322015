/** Constructs of the template language beyond what chat templates mostly use. Expected texts are jinja2 3.1.6's. */
import { describe, expect, it } from "vitest";
import { TemplateError } from "../../../base/errors.ts";
import { jinjaTemplate } from "../jinja-template.ts";

const MESSAGES = [
  { role: "user", content: "Hi" },
  { role: "assistant", content: "Ho" },
  { role: "user", content: "Hu" },
];
const render = (template: string, messages = MESSAGES): string =>
  jinjaTemplate(template)
    .render({ messages })
    .map(({ text }) => text)
    .join("");

const D = "{% set d = {'b': 2, 'a': 10} %}";
const S = "{% set s = [{'v': 1}, {'v': 2}] %}";
describe("the template language", () => {
  it.each([
    ["{% for m in messages %}{{ 'U' if loop.index0 is divisibleby 2 else 'A' }}{% endfor %}", "UAU"],
    ["{% for m in messages %}{% if loop.index is not divisibleby(2) %}U{% endif %}{% endfor %}", "UU"],
    ["{{ 'y' if messages[0].role is in ['user', 'tool'] and true is sameas true }}", "y"],
    ["{{ messages[0].role is eq 'user' }}{{ 1 is eq (1) }}{{ 2 is gt 1 is sameas true }}", "TrueTrueTrue"],
    ["{{ x is defined }}{{ x is not none }}", "FalseTrue"],
    ["{% with name = messages[0].role, n = 2 %}<{{ name }}{{ n }}>{% endwith %}{{ name }}", "<user2>"],
    [
      "{% for i in [1, 2] %}{% with j = i %}{{ j }}{{ loop.index }}{% break %}{% endwith %}{% endfor %}",
      "11",
    ],
    ["a  {%- raw -%} {{ x }} {%- endraw %}\ny", "a{{ x }}y"],
    ["{% raw %}{% if %}{# #}'\"\\{% endraw %}", "{% if %}{# #}'\"\\"],
    ["{% for r, l in messages | groupby('role') %}{{ r }}{{ l | length }} {% endfor %}", "assistant1 user2 "],
    ["{{ 'a-b-c'.partition('-') | join('|') }} {{ 'a-b-c'.rpartition('-') | join('|') }}", "a|-|b-c a-b|-|c"],
    ["{{ 'a b c'.rsplit(None, 1) | join('|') }} {{ ' a  b '.rsplit() | join('|') }}", "a b|c a|b"],
    ["{{ '7'.zfill(3) }}{{ '-7'.zfill(3) }}{{ 'a'.ljust(3, '.') }}{{ 'a'.rjust(3) }}", "007-07a..  a"],
    ["{{ '<b>' | e }}", "&lt;b&gt;"],
    ["{% set p = () %}{{ p | length }}{{ (1,) | length }}{{ 1 in () }}", "01False"],
    ["{% for m in messages %}{{ m.role[0] if loop.changed(m.role) }}{% endfor %}", "uau"],
    ["a\n  {%+ if true %}x{% endif +%}\ny", "a\n  x\ny"],
    ["{{ '\\/' }}{{ '\\q' }}{{ '\\x41\\u0042\\103' }}", "\\/\\qABC"],
    ["{{ '\\U0001F999' }}", "🦙"],
    ["{{ 1e3 }} {{ 1_000 }} {{ 0x1f }} {{ 2.5e-1 }}", "1000.0 1000 31 0.25"],
    ["{% set j = joiner('|') %}{% for i in [1, 2] %}{{ j() }}{{ i }}{% endfor %}", "1|2"],
    ["{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}", "abab"],
    [`${D}{% for k, v in d | dictsort(reverse=true) %}{{ k }}{% endfor %}`, "ba"],
    [`${D}{% for k, v in d | dictsort(false, 'value') %}{{ k }}{% endfor %}`, "ba"],
    [`${S}{{ s | sum(attribute='v') }} {{ s | sum('v') }} {{ [3, 1] | sum(start=10) }}`, "3 3 14"],
    ["{{ 'ff' | int(0, 16) }} {{ '3.7' | int }} {{ '1e3' | int }} {{ 'x' | int(7) }}", "255 3 1000 7"],
    ["{{ 'aXbX'.find('X', 2) }} {{ 'aXbX'.count('X', 2) }} {{ 'abc'.startswith('b', 1) }}", "3 1 True"],
    ["{{ '🦙aX'.find('X') }} {{ 'a'.find('', 2) }} {{ 'abc'.endswith('b', 0, -1) }}", "2 -1 True"],
    [
      "{{ 'a\\nb'.splitlines(true) | tojson }}{{ 'a\\u2028b\\x0cc\\r\\n'.splitlines() | length }}",
      '["a\\n", "b"]3',
    ],
    ['{{ "don\'t stop-it" | title }} {{ "don\'t".title() }}', "Don't Stop-It Don'T"],
  ])("%s", (template, text) => {
    expect(render(template)).toBe(text);
  });

  it("reads line ends of every kind as jinja2 does, and leaves line ends of messages unchanged", () => {
    const lf = "{% for m in messages %}\n<{{ m.content }}>\n{% endfor %}\n";
    const messages = [{ role: "user", content: "a\r\nb" }];
    expect(render(lf, messages)).toBe("<a\r\nb>\n");
    for (const end of ["\r\n", "\r"]) expect(render(lf.replaceAll("\n", end), messages)).toBe("<a\r\nb>\n");
    expect(render("{{ 'x\r\ny' }}{{ 'x\\r\\ny' }}\r\n")).toBe("x\nyx\r\ny");
  });

  it.each([
    ["{{ [1] | sum(by=2) }}", /"sum" has no argument "by"/],
    ["{{ 'a' | upper(1) }}", /"upper" takes at most 0/],
    ["{{ 'a'.split(' ', 1, 2) }}", /"split" takes at most 2/],
    ["{{ 'a'.strip(set='a') }}", /no argument "set"/],
    ["{{ ['a'] | sum }}", /cannot add string/],
  ])("refuses invalid arguments: %s", (template, message) => {
    expect(() => render(template)).toThrow(message);
  });
});

describe("the cost of a template", () => {
  const long = [{ role: "user", content: "x".repeat(100_000) }];
  // Characters of the template and of the message alternate: one run per character.
  const runs =
    "{% set ns = namespace(t='x' ~ messages[0].content[0], l=[]) %}{% for i in range(19) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}";
  it.each([
    ["parts of a text of many stretches", `${runs}{{ ns.t.split('x') | length }}`],
    [
      "copies of such a text",
      `${runs}{% for i in range(29) %}{% set ns.l = ns.l + [ns.t | upper] %}{% endfor %}`,
    ],
    [
      "characters of a long text",
      "{% for i in range(99) %}{% set x = messages[0].content | list %}{% endfor %}",
    ],
    [
      "lists within lists",
      "{% set n = namespace(l=[]) %}{% for i in range(99999) %}{% set n.l = n.l + [n.l] %}{% endfor %}",
    ],
    ["long lists", "{% for i in range(999) %}{% set x = range(100000) %}{% endfor %}"],
  ])("is bounded for %s", (_, template) => {
    // Without the bound these take minutes or gigabytes.
    expect(() => render(template, long)).toThrow(TemplateError);
  });

  it.each([
    ["raw blocks without an end", "{% raw %}".repeat(14_000)],
    ["open parentheses", `{{ ${"(".repeat(130_000)}`],
    ["tests in tests", `{{ x${" is eq (x".repeat(13_000)}`],
  ])("is bounded for the source: %s", (_, template) => {
    expect(() => render(template)).toThrow(TemplateError);
  });
});
