/**
 * The families that fine-tuning uses, as Jinja: models and adapters store the template that trained them in this form, which
 * other programs read. They write what the built-in templates of the same name write.
 */
import type { TemplateName } from "./builtin.ts";

const VICUNA = `{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] }}{% set turns = messages[1:] %}{% else %}A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions.{% set turns = messages %}{% endif %} {% for message in turns %}{% if message['role'] == 'user' %}{{ 'USER: ' + message['content'] + ' ' }}{% elif message['role'] == 'assistant' %}{{ 'ASSISTANT: ' + message['content'] + eos_token }}{% else %}{{ raise_exception('user and assistant must alternate') }}{% endif %}{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}`;

const LLAMA2 = String.raw`{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set turns = messages[1:] %}{% else %}{% set system = false %}{% set turns = messages %}{% endif %}{% for message in turns %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('user and assistant must alternate, the user first') }}{% endif %}{% if message['role'] == 'user' %}{% if loop.first and system is not false %}{{ bos_token + '[INST] <<SYS>>\n' + system + '\n<</SYS>>\n\n' + message['content'].rstrip() + ' [/INST]' }}{% else %}{{ bos_token + '[INST] ' + message['content'].strip() + ' [/INST]' }}{% endif %}{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'].strip() + ' ' + eos_token }}{% else %}{{ raise_exception('only user and assistant may follow the system message') }}{% endif %}{% endfor %}`;

const ALPACA = String.raw`{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] }}{% set turns = messages[1:] %}{% else %}{% set turns = messages %}{% if turns[0]['input'] %}Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.{% else %}Below is an instruction that describes a task. Write a response that appropriately completes the request.{% endif %}{% endif %}{% for message in turns %}{% if message['role'] == 'user' %}{{ '\n\n### Instruction:\n' + message['content'] }}{% if message['input'] %}{{ '\n\n### Input:\n' + message['input'] }}{% endif %}{{ '\n\n### Response:' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}{% else %}{{ raise_exception('user and assistant must alternate') }}{% endif %}{% endfor %}`;

const LLAMA3 = String.raw`{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}`;

const CHATML = String.raw`{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`;

const SOURCES: Readonly<Partial<Record<TemplateName, string>>> = {
  alpaca: ALPACA,
  chatml: CHATML,
  llama2: LLAMA2,
  llama3: LLAMA3,
  "vicuna-v1.1": VICUNA,
};

/** The Jinja text of a built-in template; undefined for one that has none. */
export function jinjaOfBuiltin(name: TemplateName): string | undefined {
  return SOURCES[name];
}
