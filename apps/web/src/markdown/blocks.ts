/**
 * Markdown in blocks: a text that grows is split into blocks, and only the last ones are read again. So the work for each
 * piece of a long answer does not grow with the answer.
 */
import { Marked, type Token, type TokensList } from "marked";
import { MATH } from "./math-marks.ts";

export const marked = new Marked({
  gfm: true,
  extensions: MATH,
  renderer: {
    // A picture would be a request to a stranger's server; its address is shown instead.
    image: ({ href, text }) => `<a href="${escaped(href)}">${escaped(text === "" ? href : text)}</a>`,
    // HTML in the text stays text.
    html: ({ text }) => escaped(text),
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
} as ConstructorParameters<typeof Marked>[0]);

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (mark) => ESCAPES[mark]);

export interface Block {
  /** Where it begins in the text. */
  readonly from: number;
  readonly raw: string;
}

/** Blocks at the end that may still change: a list or a table goes on after an empty line. */
const OPEN_BLOCKS = 2;

/** Splits a growing text. */
export class BlockSplitter {
  #text = "";
  #blocks: Block[] = [];

  /** The blocks of a text; those of the same beginning as the last text's are the same objects. */
  split(text: string): readonly Block[] {
    if (!text.startsWith(this.#text)) this.#blocks = [];
    this.#text = text;
    const settled = this.#blocks.slice(0, Math.max(0, this.#blocks.length - OPEN_BLOCKS));
    const last = settled.at(-1);
    const from = last === undefined ? 0 : last.from + last.raw.length;
    const known = new Map(this.#blocks.map((block) => [block.from, block]));
    let at = from;
    const added = (lexed(text.slice(from)) as Token[]).map(({ raw }): Block => {
      const block = { from: at, raw };
      at += raw.length;
      const old = known.get(block.from);
      return old?.raw === raw ? old : block;
    });
    this.#blocks = [...settled, ...added.filter(({ raw }) => raw.trim() !== "" || raw.length > 0)];
    return this.#blocks;
  }
}

function lexed(text: string): TokensList | { readonly raw: string }[] {
  try {
    const tokens = marked.lexer(text);
    // Marked may change white space; then positions would be wrong.
    if (tokens.reduce((sum, { raw }) => sum + raw.length, 0) === text.length) return tokens;
  } catch {
    // Too deeply nested, for example.
  }
  return [{ raw: text }];
}
