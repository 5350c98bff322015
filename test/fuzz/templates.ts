/** Chat templates as cases: parsed and rendered for a short conversation. */
import type { ByteSource } from "../../src/base/bytes.ts";
import { TEMPLATE_LIMITS } from "../../src/generation/chat/jinja/budget.ts";
import { parseTemplate } from "../../src/generation/chat/jinja/nodes.ts";
import { renderChat } from "../../src/generation/index.ts";

const TEMPLATES = [
  "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m.content | trim + '<|im_end|>\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
  "{%- set ns = namespace(n=0, l=[]) -%}{%- for m in messages if m.role != 'system' -%}{%- set ns.n = ns.n + 1 -%}" +
    "{%- set ns.l = ns.l + [m.content[1:3]] -%}{{ loop.index0 ~ ns.l | tojson(indent=2) }}{%- endfor -%}",
  "{% macro show(x, n=2) %}{{ x | upper }}{% if n is divisibleby 2 and n > 0 %}{{ show(x, n - 1) }}{% endif %}{% endmacro %}" +
    "{% with a = {'k': [1, 2.5, none], 'b': 'x'} %}{{ show('a', a['k'][0]) }}{{ a | dictsort(reverse=true) | length }}{% endwith %}",
  "{% raw %}{{ no }}{% endraw %}{{ 'a,b'.split(',')[::-1] | join('-') ~ range(3) | sum }}{{ '%s %05.2f' % ('x', 1e3) }}{# c #}",
  "{% if messages[0].role is in ['user'] %}{{ messages | groupby('role') | map('first') | list }}{% else %}{{ raise_exception('no') }}{% endif %}",
];

export const templateSeeds = (): Uint8Array[] => TEMPLATES.map((text) => new TextEncoder().encode(text));

export function useTemplate(source: ByteSource, reach: (stage: string) => void): undefined {
  const text = new TextDecoder().decode(source.bytes(0, source.byteLength));
  parseTemplate(text, "fuzz", TEMPLATE_LIMITS);
  reach("parsed");
  const messages = [
    { role: "user", content: "Hi 🦙 <s>" },
    { role: "assistant", content: "Ho" },
  ];
  renderChat(text, { messages, addGenerationPrompt: true });
  reach("rendered");
}
