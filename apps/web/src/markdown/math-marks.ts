/** Where mathematics stands in Markdown: `$…$` and `\(…\)` in a line, `$$…$$` and `\[…\]` as a block. */
import type { TokenizerAndRendererExtension } from "marked";

/** No space inside the marks and no digit after them, so that "costs $5 or $6" stays text. */
const INLINE: readonly RegExp[] = [
  /^\$\$([^$]+?)\$\$/,
  /^\$(?!\s)((?:\\.|[^\\$\n])+?)(?<!\s)\$(?!\d)/,
  /^\\\(([\s\S]+?)\\\)/,
];
const BLOCK: readonly RegExp[] = [/^\$\$([\s\S]+?)\$\$(?:\n+|$)/, /^\\\[([\s\S]+?)\\\](?:\n+|$)/];

function extension(
  name: string,
  level: "inline" | "block",
  patterns: readonly RegExp[],
  start: RegExp,
): TokenizerAndRendererExtension {
  return {
    name,
    level,
    start: (text) => start.exec(text)?.index,
    tokenizer(text) {
      for (const pattern of patterns) {
        const [raw, source] = pattern.exec(text) ?? [];
        if (raw !== undefined && source !== undefined) return { type: name, raw, source };
      }
      return undefined;
    },
    // Drawn once KaTeX is here; until then the source is shown.
    renderer: ({ source }) => {
      const shown = String(source)
        .trim()
        .replace(/[&<>]/g, (mark) => `&#${mark.charCodeAt(0)};`);
      return level === "block" ? `<div class="math">${shown}</div>` : `<span class="math">${shown}</span>`;
    },
  };
}

export const MATH: TokenizerAndRendererExtension[] = [
  extension("mathBlock", "block", BLOCK, /\$\$|\\\[/),
  extension("mathInline", "inline", INLINE, /\$|\\\(/),
];
