/** Markdown to elements. The text is a stranger's: what is drawn went through the cleaner, and nothing in it can run. */
import createPurifier from "dompurify";
import { marked } from "./blocks.ts";

const purifier = createPurifier(window);

const TAGS = [
  ..."a b blockquote br code del div em h1 h2 h3 h4 h5 h6 hr i li ol p pre s span strong sub sup".split(" "),
  ..."table tbody td th thead tr ul".split(" "),
];

purifier.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName !== "A") return;
  const href = node.getAttribute("href") ?? "";
  if (!/^(?:https?:|mailto:)/i.test(href)) {
    node.removeAttribute("href");
    return;
  }
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer nofollow");
});

/** The elements of a block of Markdown. */
export function renderMarkdown(source: string): DocumentFragment {
  const fragment = purifier.sanitize(marked.parse(source, { async: false }) as string, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", "title", "class", "align", "start", "colspan", "rowspan"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const found of fragment.querySelectorAll("[class]")) keepKnownClass(found);
  for (const pre of fragment.querySelectorAll("pre")) frameCode(pre);
  for (const table of fragment.querySelectorAll("table")) frameTable(table);
  for (const math of fragment.querySelectorAll<HTMLElement>(".math")) void drawMath(math);
  return fragment;
}

/** A text could take the look of the page's own parts otherwise. */
function keepKnownClass(element: Element): void {
  const language = /^language-[\w+#.-]{1,30}$/.exec(element.className)?.[0];
  const isMath = element.className === "math" && element.children.length === 0;
  if (language === undefined && !isMath) element.removeAttribute("class");
}

function frameCode(pre: HTMLPreElement): void {
  const language = /language-(\S+)/.exec(pre.querySelector("code")?.className ?? "")?.[1] ?? "";
  const frame = document.createElement("figure");
  frame.className = "code";
  const head = document.createElement("figcaption");
  const name = document.createElement("span");
  name.textContent = language === "" ? "text" : language;
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "code-copy";
  copy.textContent = "Copy";
  head.append(name, copy);
  pre.replaceWith(frame);
  // It scrolls, so it must be reachable with the keyboard.
  pre.tabIndex = 0;
  frame.append(head, pre);
}

/** Copies the code of a frame when its button was pressed. */
export async function copyCode(event: Event): Promise<void> {
  const button = (event.target as Element).closest<HTMLButtonElement>("button.code-copy");
  const code = button?.closest("figure.code")?.querySelector("pre");
  if (button === null || button === undefined || code === null || code === undefined) return;
  await navigator.clipboard.writeText((code.textContent ?? "").replace(/\n$/, ""));
  button.textContent = "Copied";
  setTimeout(() => {
    button.textContent = "Copy";
  }, 1500);
}

function frameTable(table: HTMLTableElement): void {
  const frame = document.createElement("div");
  frame.className = "table";
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", "Table");
  table.replaceWith(frame);
  frame.append(table);
}

const MATH_OPTIONS = {
  output: "mathml",
  throwOnError: true,
  trust: false,
  strict: "ignore",
  maxExpand: 500,
  maxSize: 20,
} as const;
/** Characters of a formula that are read. */
const LONGEST_FORMULA = 20_000;

/** Draws a formula in the place of its source; what is no formula stays as it is. */
async function drawMath(element: HTMLElement): Promise<void> {
  const source = element.textContent ?? "";
  if (source.length > LONGEST_FORMULA) return;
  const { default: katex } = await import("katex");
  try {
    const displayMode = element.tagName === "DIV";
    // The page's policy permits no styles in elements.
    const html = katex
      .renderToString(source, { ...MATH_OPTIONS, displayMode })
      .replace(/ style="[^"]*"/g, "");
    element.replaceChildren(
      purifier.sanitize(html, {
        USE_PROFILES: { mathMl: true },
        ADD_TAGS: ["semantics"],
        RETURN_DOM_FRAGMENT: true,
      }),
    );
  } catch {
    element.classList.add("math-source");
  }
}
