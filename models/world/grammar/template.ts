/**
 * Sentence patterns. A pattern is text with
 *   {h}  {h.o}  {a t}  {in p}   a role in a form, with a word before it that chooses article or preposition
 *   {h+f}                       several characters together
 *   [find]  [not know]  [be/p]  a verb that agrees with the latest subject; /s and /p force one or many
 *   (red|blue|)                 one of several, perhaps none
 *   <h/f: Where is it?>         words that h says to f (or to nobody in particular, <h: …>)
 */

/** A piece of a pattern. */
export type Node =
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "role"; readonly lead: string; readonly roles: readonly string[]; readonly form: string }
  | { readonly is: "verb"; readonly verb: string; readonly not: boolean; readonly force: string }
  | { readonly is: "choice"; readonly choices: readonly Pattern[] }
  | { readonly is: "speech"; readonly speaker: string; readonly to: string; readonly words: Pattern };
/** A parsed pattern. */
export type Pattern = readonly Node[];

const OPENERS = "{[(<";

function wrong(source: string, what: string): never {
  throw new Error(`Pattern "${source}": ${what}`);
}

function roleNode(source: string, inside: string): Node {
  const match = /^(?:(\w+) )?(\w+(?:\+\w+)*)(?:\.(\w+))?$/.exec(inside);
  if (match === null) return wrong(source, `{${inside}} is no role`);
  return { is: "role", lead: match[1] ?? "", roles: match[2].split("+"), form: match[3] ?? "" };
}

function verbNode(source: string, inside: string): Node {
  const match = /^(not )?([a-z]+)(?:\/([sp]))?$/.exec(inside);
  if (match === null) return wrong(source, `[${inside}] is no verb`);
  return { is: "verb", not: match[1] !== undefined, verb: match[2], force: match[3] ?? "" };
}

/** Reads nodes from `at` up to one of the characters in `until`, or to the end. */
function readNodes(source: string, at: number, until: string): { nodes: Node[]; end: number } {
  const nodes: Node[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") nodes.push({ is: "text", text });
    text = "";
  };
  while (at < source.length && !until.includes(source[at])) {
    const opener = OPENERS.indexOf(source[at]);
    if (opener < 0) {
      if (")]}>".includes(source[at])) wrong(source, `stray ${source[at]} at ${at}`);
      text += source[at++];
      continue;
    }
    flush();
    const read = [readRole, readVerb, readChoice, readSpeech][opener](source, at + 1);
    nodes.push(read.node);
    at = read.end;
  }
  flush();
  return { nodes, end: at };
}

type Read = { node: Node; end: number };

function readUpTo(source: string, at: number, closer: string): { inside: string; end: number } {
  const end = source.indexOf(closer, at);
  if (end < 0) wrong(source, `no ${closer}`);
  return { inside: source.slice(at, end), end: end + 1 };
}

function readRole(source: string, at: number): Read {
  const { inside, end } = readUpTo(source, at, "}");
  return { node: roleNode(source, inside), end };
}

function readVerb(source: string, at: number): Read {
  const { inside, end } = readUpTo(source, at, "]");
  return { node: verbNode(source, inside), end };
}

function readChoice(source: string, at: number): Read {
  const choices: Pattern[] = [];
  for (;;) {
    const { nodes, end } = readNodes(source, at, "|)");
    if (end >= source.length) wrong(source, "no )");
    choices.push(nodes);
    at = end + 1;
    if (source[end] === ")") return { node: { is: "choice", choices }, end: at };
  }
}

function readSpeech(source: string, at: number): Read {
  const head = /^(\w+)(?:\/([\w+]+))?: /.exec(source.slice(at));
  if (head === null) return wrong(source, "speech begins with <speaker: ");
  const { nodes, end } = readNodes(source, at + head[0].length, ">");
  if (end >= source.length) wrong(source, "no >");
  return { node: { is: "speech", speaker: head[1], to: head[2] ?? "", words: nodes }, end: end + 1 };
}

const parsed = new Map<string, Pattern>();

/** Parses a pattern; the result is remembered. */
export function parsePattern(source: string): Pattern {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const { nodes } = readNodes(source, 0, "");
  parsed.set(source, nodes);
  return nodes;
}

/** All nodes of a pattern, those of choices and speeches too. */
export function* nodesOf(pattern: Pattern): Generator<Node> {
  for (const node of pattern) {
    yield node;
    if (node.is === "choice") for (const choice of node.choices) yield* nodesOf(choice);
    if (node.is === "speech") yield* nodesOf(node.words);
  }
}
