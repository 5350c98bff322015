/**
 * The chat page under load: a search in thousands of conversations, and the longest frame while their list scrolls and
 * while a long answer streams.
 */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { servedPage } from "../../test/web/served.ts";

const WORDS =
  "llama wool grass mountain river stone cloud sheep valley path herd winter summer snow sun".split(" ");
const words = (count: number, from: number): string =>
  Array.from({ length: count }, (_, i) => WORDS[(from * 7 + i * 13) % WORDS.length]).join(" ");

/** Conversations of six messages with some 200 words each. */
function manyChats(count: number): string {
  const now = Date.now();
  const chats = Array.from({ length: count }, (_, n) => ({
    title: `Chat ${n} about ${words(2, n)}`,
    updated: now - n * 600_000,
    created: now - n * 600_000,
    messages: Array.from({ length: 6 }, (__, i) => ({
      id: `${i}`,
      ...(i === 0 ? {} : { parent: `${i - 1}` }),
      role: i % 2 === 0 ? "user" : "assistant",
      text: `${words(i % 2 === 0 ? 20 : 200, n + i)} needle${n}`,
    })),
  }));
  return JSON.stringify({ format: "cria-conversations", version: 1, conversations: chats });
}

/** Markdown as answers have it: paragraphs, lists, code, tables. */
function longAnswer(bytes: number): string {
  let text = "";
  for (let n = 0; text.length < bytes; n++) {
    text += `## Part ${n}\n\n${words(80, n)}.\n\n- ${words(6, n)}\n- **${words(4, n + 1)}**\n\n`;
    text += `\`\`\`js\nconst x${n} = ${n};\nconsole.log(x${n});\n\`\`\`\n\n| a | b |\n|---|---|\n| ${n} | ${words(2, n)} |\n\n`;
  }
  return text.slice(0, bytes);
}

/** In front of the server: answers of its own to chats, everything else from there. */
async function frontOf(target: string, answer: string): Promise<Server> {
  const front = createServer(async (request, response) => {
    if (request.url === "/v1/chat/completions") {
      request.resume();
      await stream(response, answer);
      return;
    }
    const found = await fetch(`${target}${request.url}`, { headers: { accept: "*/*" } });
    response.writeHead(found.status, {
      "content-type": found.headers.get("content-type") ?? "",
      ...isolation(found),
    });
    response.end(Buffer.from(await found.arrayBuffer()));
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  return front;
}

const isolation = ({ headers }: Response): Record<string, string> =>
  Object.fromEntries(
    ["content-security-policy", "cross-origin-opener-policy", "cross-origin-embedder-policy"].flatMap(
      (name) => {
        const value = headers.get(name);
        return value === null ? [] : [[name, value]];
      },
    ),
  );

/** 40 characters each 2 ms, as a fast server sends them. */
async function stream(response: ServerResponse, text: string): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (choice: object): boolean =>
    response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
  for (let at = 0; at < text.length; at += 40) {
    send({ index: 0, delta: { content: text.slice(at, at + 40) } });
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  send({ index: 0, delta: {}, finish_reason: "stop" });
  response.end("data: [DONE]\n\n");
}

/** Longest time between two frames, in milliseconds, while `work` runs. */
async function longestFrame(page: Page, work: () => Promise<unknown>): Promise<number> {
  await page.evaluate(() => {
    const watch = { longest: 0, last: performance.now(), runs: true };
    (globalThis as unknown as { watch: typeof watch }).watch = watch;
    const tick = (now: number): void => {
      watch.longest = Math.max(watch.longest, now - watch.last);
      watch.last = now;
      if (watch.runs) requestAnimationFrame(tick);
    };
    requestAnimationFrame((now) => {
      watch.last = now;
      tick(now);
    });
  });
  await work();
  return page.evaluate(() => {
    const { watch } = globalThis as unknown as { watch: { longest: number; runs: boolean } };
    watch.runs = false;
    return Math.round(watch.longest);
  });
}

export interface ChatFigures {
  readonly firstLoadMs: number;
  readonly firstSearchMs: number;
  readonly searchMs: number;
  readonly scrollFrameMs: number;
  readonly streamFrameMs: number;
}

/** @param count of conversations. @param answerBytes of the answer that streams. */
export async function measureChats(count: number, answerBytes: number): Promise<ChatFigures> {
  await using served = await servedPage();
  const front = await frontOf(served.url, longAnswer(answerBytes));
  const context = await served.browser.newContext();
  context.setDefaultTimeout(300_000);
  const page = await context.newPage();
  // tsx wraps named functions in this.
  await page.addInitScript("globalThis.__name = (made) => made");
  const from = performance.now();
  await page.goto(`http://127.0.0.1:${(front.address() as AddressInfo).port}`);
  await page.locator("#composer").waitFor();
  const firstLoadMs = Math.round(performance.now() - from);
  await importChats(page, count);
  const firstSearchMs = await search(page, `needle${count - 1}`);
  const searchMs = await search(page, `needle${count - 2}`);
  const scrollFrameMs = await longestFrame(page, () => page.evaluate(scrollDown));
  await page.locator("#composer").fill("tell me everything");
  const streamFrameMs = await longestFrame(page, async () => {
    await page.locator("#composer").press("Enter");
    await page.locator('.message-assistant[data-state="whole"]').waitFor();
  });
  await context.close();
  front.closeAllConnections();
  front.close();
  return { firstLoadMs, firstSearchMs, searchMs, scrollFrameMs, streamFrameMs };
}

async function importChats(page: Page, count: number): Promise<void> {
  await page.keyboard.press("Control+,");
  const buffer = Buffer.from(manyChats(count));
  await page.locator("#import").setInputFiles({ name: "many.json", mimeType: "application/json", buffer });
  await page.getByText("Imported").waitFor();
  await page.reload();
  await page.locator(".chat-link").first().waitFor();
  // The page reads the texts in its first seconds; an earlier search waits for that.
  await page.waitForTimeout(5000);
}

/** Milliseconds from the last letter to the list of the one chat that has it. */
async function search(page: Page, query: string): Promise<number> {
  const taken = await page.evaluate(async (asked) => {
    const field = document.querySelector<HTMLInputElement>("#search")!;
    const began = performance.now();
    field.value = asked;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    while (document.querySelectorAll(".sidebar-row").length !== 1) {
      await new Promise((resolve) => setTimeout(resolve));
      if (performance.now() - began > 60_000) throw new Error("nothing was found");
    }
    return performance.now() - began;
  }, query);
  await page.locator("#search").fill("");
  await page.locator(".sidebar-row").nth(5).waitFor();
  return Math.round(taken);
}

async function scrollDown(): Promise<void> {
  const list = document.querySelector(".sidebar-list")!;
  for (let i = 0; i < 120; i++) {
    list.scrollTop += 300;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}
