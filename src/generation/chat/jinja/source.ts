/**
 * Does what jinja2 does to a template before parsing and the package's lexer does not: line ends, `{% raw %}`, the
 * marks `{%+` and `+%}`, and escapes of Python strings. The package reads the result as jinja2 would read the original.
 */

const RAW_OPEN = /\{%([-+]?)\s*raw\s*(?:(-)%\}\s*|%\})/g;
const RAW_CLOSE = /\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)/g;
/** An expression that prints nothing: it keeps the text next to it from being the start or end of a line. */
const NOTHING = '{{ "" }}';

/** The template's source as the package's lexer expects it. */
export function normaliseSource(source: string): string {
  return outsideRaw(source.replace(/\r\n?/g, "\n"));
}

/** `{% raw %}` becomes a string expression. */
function outsideRaw(source: string): string {
  const parts: string[] = [];
  let from = 0;
  for (;;) {
    RAW_OPEN.lastIndex = from;
    const open = RAW_OPEN.exec(source);
    if (open === null) break;
    RAW_CLOSE.lastIndex = RAW_OPEN.lastIndex;
    const close = RAW_CLOSE.exec(source);
    if (close === null) break;
    const body = strippedEnd(source.slice(open.index + open[0].length, close.index), close[1]);
    parts.push(insideTags(strippedEnd(source.slice(from, open.index), open[1])));
    parts.push(body === "" ? NOTHING : `{{ "${asEscapes(body)}" }}`);
    from = close.index + close[0].length;
  }
  return [...parts, insideTags(source.slice(from))].join("");
}

/** The text before a tag with this sign: "-" strips all trailing white space; no sign strips it on the tag's line. */
function strippedEnd(text: string, sign: string): string {
  if (sign === "-") return text.trimEnd();
  return sign === "" ? text.replace(/(^|\n)[ \t]{1,512}$/, "$1") : text;
}

/** Writes text as a literal in which nothing can be mistaken for template syntax. */
function asEscapes(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const ENDS: Readonly<Record<string, string>> = { "{{": "}}", "{%": "%}" };

/** Rewrites the contents of tags; comments and text stay. */
function insideTags(source: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < source.length) {
    const open = source.slice(at).search(/\{[{%#]/);
    if (open < 0) break;
    const start = at + open;
    parts.push(source.slice(at, start));
    const kind = source.slice(start, start + 2);
    if (kind === "{#") {
      const end = source.indexOf("#}", start + 2);
      at = end < 0 ? source.length : end + 2;
      parts.push(source.slice(start, at));
      continue;
    }
    at = copyTag(source, start, ENDS[kind], parts);
  }
  parts.push(source.slice(at));
  return parts.join("");
}

/** Copies a tag with its strings rewritten; returns where it ends. */
function copyTag(source: string, start: number, close: string, parts: string[]): number {
  const keepsLeft = source.startsWith("{%+", start);
  parts.push(keepsLeft ? `${NOTHING}{%` : source.slice(start, start + 2));
  let at = start + (keepsLeft ? 3 : 2);
  while (at < source.length) {
    const char = source[at];
    if (char === "'" || char === '"') {
      at = copyString(source, at, parts);
    } else if (source.startsWith("+%}", at) && close === "%}") {
      parts.push("%}", NOTHING);
      return at + 3;
    } else if (source.startsWith(close, at)) {
      parts.push(close);
      return at + 2;
    } else {
      parts.push(char);
      at++;
    }
  }
  return at;
}

const STRING_PART = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|[\s\S])|[^\\'"]+|['"]/y;
const SAME_ESCAPES = "ntrbfv'\"\\";

function copyString(source: string, start: number, parts: string[]): number {
  const quote = source[start];
  parts.push(quote);
  STRING_PART.lastIndex = start + 1;
  for (let match = STRING_PART.exec(source); match !== null; match = STRING_PART.exec(source)) {
    const [part] = match;
    parts.push(part[0] === "\\" ? escapeOf(part) : part);
    if (part === quote) return match.index + 1;
  }
  return source.length;
}

const unit = (code: number): string => `\\u${code.toString(16).padStart(4, "0")}`;

/** Translates a Python escape for the package. A sequence that is no escape in Python keeps its backslash. */
function escapeOf(sequence: string): string {
  const name = sequence[1];
  if (SAME_ESCAPES.includes(name) || (/[xu]/.test(name) && sequence.length > 2)) return sequence;
  if (name === "\n") return "";
  if (name === "a") return unit(7);
  if (/[0-7]/.test(name)) return unit(Number.parseInt(sequence.slice(1), 8));
  const point = name === "U" && sequence.length > 2 ? Number.parseInt(sequence.slice(2), 16) : 0x110000;
  if (point <= 0x10ffff)
    return String.fromCodePoint(point)
      .split("")
      .map((c) => unit(c.charCodeAt(0)))
      .join("");
  return `\\\\${sequence.slice(1)}`;
}
