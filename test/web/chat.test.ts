/** The chat page against `cria serve`, in Chromium: every feature by what a person sees of it. */
import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../browser/chromium.ts";
import { type OpenedPage, PATIENCE, type ServedPage, servedPage } from "./served.ts";

let served: ServedPage;
const opened: OpenedPage[] = [];

async function open(options?: Parameters<ServedPage["open"]>[0]): Promise<Page> {
  const made = await served.open(options);
  opened.push(made);
  return made.page;
}

const composer = (page: Page): Locator => page.getByRole("textbox", { name: "Message", exact: true });
const answers = (page: Page): Locator => page.locator(".message-assistant");
const lastAnswer = (page: Page): Locator => answers(page).last();
const settled = (page: Page, state = "whole"): Promise<void> =>
  page.locator(`.message-assistant[data-state="${state}"]`).last().waitFor();
/** The text of the newest answer, as it is kept. The tests' model writes nonsense, of which Markdown may make anything. */
const keptText = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const opening = indexedDB.open("cria");
      opening.onsuccess = () => resolve(opening.result);
    });
    const reading = db.transaction("messages").objectStore("messages").getAll();
    await new Promise((resolve) => {
      reading.onsuccess = resolve;
    });
    return reading.result.filter(({ role }) => role === "assistant").at(-1).text;
  });
const textOf = async (message: Locator): Promise<string> =>
  ((await message.locator(".markdown").textContent()) ?? "").trim();

async function send(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

/** Answers of this many tokens. */
async function limitAnswers(page: Page, tokens: number): Promise<void> {
  await page.getByRole("button", { name: "Parameters", exact: true }).click();
  const field = page.getByRole("spinbutton", { name: "Longest answer" });
  await field.fill(String(tokens));
  await field.blur();
  await page.getByRole("button", { name: "Close the parameters" }).click();
}

async function importFile(page: Page, value: unknown, name = "chats.json"): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).click();
  const buffer = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
  await page.locator("#import").setInputFiles({ name, mimeType: "application/json", buffer });
}

const menuOf = async (page: Page, title: string, entry: string): Promise<void> => {
  await page.locator(".sidebar-row", { hasText: title }).hover();
  await page.getByRole("button", { name: `More for “${title}”` }).click();
  await page.getByRole("menuitem", { name: entry, exact: true }).click();
};

describe.skipIf(chromiumPath === undefined)("the chat page (needs /usr/bin/chromium, or CHROMIUM)", () => {
  beforeAll(async () => {
    served = await servedPage();
  }, 5 * PATIENCE);
  afterAll(() => served?.[Symbol.asyncDispose]());
  afterEach(async () => {
    served.proxy.pace = 0;
    if (served.isKilled) await served.restart();
    const faults = opened.flatMap((each) => each.faults);
    for (const { context } of opened.splice(0)) await context.close();
    expect(faults).toEqual([]);
  });

  it("answers, tells figures and seed, and has everything after a reload", async () => {
    const page = await open();
    await limitAnswers(page, 20);
    await send(page, "hello there");
    await settled(page);
    const text = await textOf(lastAnswer(page));
    expect(text).not.toBe("");
    await page.locator(".stats summary").click();
    const figures = await page.locator(".stats dl").textContent();
    expect(figures).toMatch(/20 tokens in/);
    expect(figures).toMatch(/Prompt\s*\d+ tokens, \d+ from the cache/);
    expect(figures).toMatch(/Seed\s*\d+/);
    await page.reload();
    await settled(page);
    expect(await textOf(lastAnswer(page))).toBe(text);
    expect(await page.locator(".chat-link[aria-current=page]").textContent()).toBe("hello there");
  });

  it("takes a chosen seed: the same question has the same answer", async () => {
    const page = await open();
    await limitAnswers(page, 20);
    await page.getByRole("button", { name: "Parameters", exact: true }).click();
    await page.getByLabel("Seed").fill("7");
    await page.getByLabel("Seed").blur();
    const texts: string[] = [];
    for (let i = 0; i < 2; i++) {
      await page.getByRole("button", { name: "New chat" }).click();
      await send(page, "same question");
      await settled(page);
      texts.push(await textOf(lastAnswer(page)));
    }
    expect(texts[0]).toBe(texts[1]);
  });

  it("stops an answer with Escape, keeps its text, and goes on with it", async () => {
    served.proxy.pace = 30;
    const page = await open();
    await limitAnswers(page, 60);
    await send(page, "a long one");
    await page.waitForFunction(
      () => (document.querySelector(".message-assistant .markdown")?.textContent?.length ?? 0) > 20,
    );
    await page.keyboard.press("Escape");
    await settled(page, "stopped");
    const half = await keptText(page);
    served.proxy.pace = 0;
    await page.getByRole("button", { name: "Go on" }).click();
    await settled(page);
    const whole = await keptText(page);
    expect(whole.length).toBeGreaterThan(half.length);
    expect(whole.startsWith(half)).toBe(true);
    expect(await answers(page).count()).toBe(1);
  });

  it("answers again beside the first answer, and edits a question into a branch", async () => {
    const page = await open();
    await limitAnswers(page, 15);
    await send(page, "first question");
    await settled(page);
    const first = await textOf(lastAnswer(page));
    await page.getByRole("button", { name: "Answer again" }).click();
    await page.locator(".versions", { hasText: "2/2" }).first().waitFor();
    await settled(page);
    expect(await textOf(lastAnswer(page))).not.toBe(first);
    await page.getByRole("button", { name: "Version before" }).click();
    await page.locator(".versions", { hasText: "1/2" }).first().waitFor();
    expect(await textOf(lastAnswer(page))).toBe(first);

    await page.locator(".message-user").hover();
    await page.locator(".message-user").getByRole("button", { name: "Edit" }).click();
    await page.getByRole("textbox", { name: "Edit the message" }).fill("other question");
    await page.getByRole("button", { name: "Ask this" }).click();
    await page.locator(".bubble", { hasText: "other question" }).waitFor();
    await settled(page);
    await page.locator(".message-user").getByRole("button", { name: "Version before" }).click();
    await page.locator(".bubble", { hasText: "first question" }).waitFor();
    expect(await page.locator(".message").count()).toBe(2);
  });

  it("keeps what had come when the page is reloaded in the middle of an answer", async () => {
    served.proxy.pace = 40;
    const page = await open();
    await send(page, "tell me everything");
    await page.waitForFunction(
      () => (document.querySelector(".message-assistant .markdown")?.textContent?.length ?? 0) > 30,
    );
    const before = await textOf(lastAnswer(page));
    await page.reload();
    await settled(page, "interrupted");
    const after = await keptText(page);
    expect(after.trim().length).toBeGreaterThanOrEqual(before.length);
    served.proxy.pace = 0;
    await page.getByRole("button", { name: "Go on" }).click();
    await settled(page);
    expect((await keptText(page)).startsWith(after)).toBe(true);
  });

  it("keeps what is typed over a reload", async () => {
    const page = await open();
    await composer(page).fill("not yet sent");
    await page.reload();
    expect(await composer(page).inputValue()).toBe("not yet sent");
  });

  it("keeps the text when the server is killed, says so, and goes on when it is back", async () => {
    served.proxy.pace = 40;
    const page = await open();
    await send(page, "do not die");
    await page.waitForFunction(
      () => (document.querySelector(".message-assistant .markdown")?.textContent?.length ?? 0) > 20,
    );
    await served.kill();
    served.proxy.pace = 0;
    await settled(page, "failed");
    const half = await keptText(page);
    expect(half.length).toBeGreaterThan(15);
    expect(await lastAnswer(page).getByRole("alert").textContent()).toMatch(/did not answer/);
    await page.getByText("The server does not answer.").waitFor();
    await served.restart();
    await page.getByText("The server does not answer.").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Go on" }).click();
    await settled(page);
    expect((await keptText(page)).length).toBeGreaterThan(half.length);
  });

  it("shows an answer in two tabs at once", async () => {
    const page = await open();
    await limitAnswers(page, 80);
    const other = await page.context().newPage();
    await other.goto(served.url);
    served.proxy.pace = 30;
    await send(page, "for both tabs");
    await other.locator(".chat-link", { hasText: "for both tabs" }).click();
    await settled(other, "running");
    await settled(page);
    await settled(other);
    expect(await textOf(lastAnswer(other))).toBe(await textOf(lastAnswer(page)));
  });

  it("renames, pins, finds and deletes chats, and takes the last back", async () => {
    const page = await open();
    await limitAnswers(page, 3);
    for (const text of ["about llamas", "about alpacas"]) {
      await page.getByRole("button", { name: "New chat" }).click();
      await send(page, text);
      await settled(page);
    }
    const titles = (): Promise<string[]> => page.locator(".chat-link").allInnerTexts();
    expect(await titles()).toEqual(["about alpacas", "about llamas"]);
    await menuOf(page, "about llamas", "Pin");
    await page.getByText("Pinned", { exact: true }).waitFor();
    expect(await titles()).toEqual(["about llamas", "about alpacas"]);
    await menuOf(page, "about alpacas", "Rename");
    await page.getByRole("textbox", { name: "Name of the chat" }).fill("Small camels");
    await page.keyboard.press("Enter");
    await page.locator(".chat-link", { hasText: "Small camels" }).waitFor();
    // Found by what was said, not by its name.
    await page.getByRole("searchbox").fill("ALPACAS");
    await page.locator(".chat-link", { hasText: "about llamas" }).waitFor({ state: "detached" });
    expect(await titles()).toEqual(["Small camels"]);
    await page.getByRole("searchbox").fill("");
    await menuOf(page, "Small camels", "Delete");
    await page.locator(".chat-link", { hasText: "Small camels" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await page.locator(".chat-link", { hasText: "Small camels" }).waitFor();
  });

  it("draws Markdown, tables, code to copy, and formulas as MathML", async () => {
    const page = await open();
    const content =
      "# Head\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet x = 1;\n```\n\nEuler: $e^{i\\pi} = -1$\n\n$$\\frac{1}{2}$$";
    await importFile(page, {
      messages: [
        { role: "user", content: "show" },
        { role: "assistant", content },
      ],
    });
    await page.locator(".chat-link", { hasText: "show" }).click();
    await lastAnswer(page).locator("h1", { hasText: "Head" }).waitFor();
    expect(await lastAnswer(page).locator("td").allInnerTexts()).toEqual(["1", "2"]);
    await lastAnswer(page).locator("math mfrac").waitFor();
    expect(await lastAnswer(page).locator("math").count()).toBe(2);
    await lastAnswer(page).getByRole("button", { name: "Copy", exact: true }).first().click();
    await page.getByText("Copied").first().waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("let x = 1;");
  });

  it("folds reasoning", async () => {
    const page = await open();
    const content = "<think>secret steps</think>The result";
    await importFile(page, {
      messages: [
        { role: "user", content: "think" },
        { role: "assistant", content },
      ],
    });
    await page.locator(".chat-link", { hasText: "think" }).click();
    await lastAnswer(page).getByText("The result").waitFor();
    expect(await page.getByText("secret steps").isVisible()).toBe(false);
    await page.locator(".reasoning summary").click();
    await page.getByText("secret steps").waitFor();
  });

  it("does nothing that a hostile import wants", async () => {
    const page = await open();
    const evil = [
      "<img src=x onerror='window.hit=1'><script>window.hit=1</script>",
      "[link](javascript:window.hit=1) ![picture](https://evil.example/x.png)",
      "<svg onload='window.hit=1'><a xlink:href='javascript:window.hit=1'>x</a></svg>",
      "$\\href{javascript:window.hit=1}{x}$ $\\includegraphics{https://evil.example/y.png}$",
      "<form action='https://evil.example'><button>Pay</button></form><style>*{display:none}</style>",
    ].join("\n\n");
    const message = (id: string, role: string, parent?: string) => ({
      id,
      role,
      parent,
      text: evil,
      state: "whole",
      error: evil,
    });
    const file =
      `{"format":"cria-conversations","version":1,"__proto__":{"hit":1},"constructor":{"prototype":{"hit":1}},"conversations":[` +
      `${JSON.stringify({ id: "__proto__", title: `<img src=x onerror=window.hit=1>evil`, settings: { system: evil, parameters: { __proto__: 1, temperature: 1e9 } }, messages: [message("__proto__", "user"), message("constructor", "assistant", "__proto__")] })}]}`;
    await importFile(page, file);
    await page.locator(".chat-link", { hasText: "evil" }).click();
    await lastAnswer(page).getByText("picture").waitFor();
    expect(await page.locator(".message").count()).toBe(2);
    await page.waitForTimeout(500);
    const found = await page.evaluate(() => ({
      hit: (window as unknown as { hit?: number }).hit ?? ({} as { hit?: number }).hit,
      elements: document.querySelectorAll(".message :is(img, script, svg:not(.icon), form, style, iframe)")
        .length,
      links: [...document.querySelectorAll<HTMLAnchorElement>(".message a[href]")].map(
        ({ href }) => new URL(href).protocol,
      ),
    }));
    expect(found.hit).toBeUndefined();
    expect(found.elements).toBe(0);
    expect(new Set(found.links)).toEqual(new Set(["https:"]));
    for (const bad of [
      "{",
      '{"format":"cria-conversations","version":9}',
      '{"messages":[{"role":"root","content":"x"}]}',
      "[[[[]]]]x",
    ]) {
      await importFile(page, bad, "bad.json");
      await page.getByText("Cannot import bad.json").last().waitFor();
      await page.locator(".toast").first().waitFor();
    }
    expect(await page.locator(".chat-link").count()).toBe(1);
  });

  it("exports in three forms, and imports what it exported", async () => {
    const page = await open();
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "question" },
      { role: "assistant", content: "answer" },
    ];
    await importFile(page, { messages });
    const exported = async (entry: string): Promise<string> => {
      const [download] = await Promise.all([page.waitForEvent("download"), menuOf(page, "question", entry)]);
      return readFileSync(await download.path(), "utf8");
    };
    const own = await exported("Export");
    expect(JSON.parse(await exported("Export as OpenAI messages"))).toEqual({ messages });
    expect(JSON.parse(await exported("Export as ShareGPT")).conversations).toEqual([
      { from: "system", value: "Be brief." },
      { from: "human", value: "question" },
      { from: "gpt", value: "answer" },
    ]);
    await menuOf(page, "question", "Delete");
    await importFile(page, own);
    await page.locator(".chat-link", { hasText: "question" }).click();
    await lastAnswer(page).locator("p", { hasText: "answer" }).waitFor();
  });

  it("attaches text, CSV and PDF with their tokens, and the model gets them", async () => {
    const page = await open();
    const files = [
      { name: "notes.md", mimeType: "text/markdown", buffer: Buffer.from("# llama notes") },
      { name: "data.csv", mimeType: "text/csv", buffer: Buffer.from("name,age\nbo,3\n") },
      { name: "paper.pdf", mimeType: "application/pdf", buffer: tinyPdf("(wool)") },
    ];
    await page.locator(".composer input[type=file]").setInputFiles(files);
    await page.locator(".attachment", { hasText: "paper.pdf" }).waitFor();
    expect(await page.locator(".attachment").allInnerTexts()).toEqual(
      files.map(({ name }) => expect.stringMatching(new RegExp(`${name}[^]*\\d+ tokens`))),
    );
    await page
      .locator(".composer input[type=file]")
      .setInputFiles({ name: "x.bin", mimeType: "", buffer: Buffer.from([0, 255, 1]) });
    await page.getByText("x.bin is neither text nor PDF").waitFor();
    const [request] = await Promise.all([
      page.waitForRequest("**/v1/chat/completions"),
      send(page, "sum up"),
    ]);
    const { messages } = request.postDataJSON();
    for (const part of ["llama notes", "bo,3", "wool", "sum up"]) expect(messages[0].content).toContain(part);
    expect(await page.locator(".attached summary").count()).toBe(3);
  });

  it("shows probabilities, and an alternative token begins another version", async () => {
    const page = await open();
    await limitAnswers(page, 12);
    await page.getByRole("button", { name: "Parameters", exact: true }).click();
    await page.getByText("Token probabilities").click();
    await send(page, "choose");
    await settled(page);
    const text = await textOf(lastAnswer(page));
    await page.getByRole("button", { name: "Probabilities" }).click();
    expect(await page.locator("button.token").count()).toBe(12);
    const alternative = page.locator(".alternative:enabled").first();
    // The tests' model writes nonsense: all alternatives of a token may be parts of characters, which begin nothing.
    let index = 4;
    do await page.locator("button.token").nth(++index).click();
    while (index < 11 && (await alternative.count()) === 0);
    expect(await page.locator(".alternative").count()).toBeGreaterThanOrEqual(5);
    const taken = ((await alternative.locator("code").textContent()) ?? "").replaceAll("␣", " ");
    await alternative.click();
    await page.locator(".versions", { hasText: "2/2" }).first().waitFor();
    await settled(page);
    const branched = await page.evaluate(async () => {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open("cria");
        opening.onsuccess = () => resolve(opening.result);
      });
      const all = db.transaction("messages").objectStore("messages").getAll();
      return new Promise<{ text: string; tokens: { from: number }[] }[]>((resolve) => {
        all.onsuccess = () =>
          resolve(all.result.filter(({ role }: { role: string }) => role === "assistant"));
      });
    });
    const [first, second] = branched;
    const at = first.tokens[index].from;
    expect(second.text.slice(0, at)).toBe(first.text.slice(0, at));
    expect(second.text.slice(at)).toMatch(new RegExp(`^${taken.replace(/[^\w]/g, "\\$&")}`));
    expect(second.text).not.toBe(first.text);
    expect(text).not.toBe("");
  });

  it("shows the prompt with the template's own text apart", async () => {
    const page = await open();
    await importFile(page, {
      messages: [
        { role: "system", content: "sys" },
        { role: "user", content: "abc" },
      ],
    });
    await page.locator(".chat-link").click();
    await page.getByRole("button", { name: "Show the chat as the model sees it" }).click();
    const spans = page.locator(".spans .span");
    await spans.first().waitFor();
    const found = await spans.evaluateAll((all) =>
      all.map((each) => [each.className.replace("span span-", ""), each.textContent]),
    );
    expect(found.filter(([kind]) => kind !== "template")).toEqual([
      ["system", "sys"],
      ["user", "abc"],
    ]);
    expect(found.filter(([kind]) => kind === "template").length).toBeGreaterThan(1);
  });

  it("reads PDFs whose characters need a table, which it fetches from its own address", async () => {
    const page = await open();
    await limitAnswers(page, 3);
    // "日本の羊" in Shift JIS.
    const buffer = tinyPdf("<93FA967B82CC9772>", JAPANESE);
    await page
      .locator(".composer input[type=file]")
      .setInputFiles({ name: "sheep.pdf", mimeType: "application/pdf", buffer });
    await page.locator(".attachment", { hasText: "sheep.pdf" }).waitFor();
    const [request] = await Promise.all([
      page.waitForRequest("**/v1/chat/completions"),
      send(page, "sum up"),
    ]);
    expect(JSON.stringify(request.postDataJSON().messages)).toContain("日本の羊");
    await settled(page);
  });

  it("constrains an answer to a form and shows JSON as such", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Parameters", exact: true }).click();
    await page.getByText("Form of the answer").click();
    await page.getByLabel("The answer is").selectOption("choices");
    await page.getByLabel("What the answer must match").fill('{"a":1}\n{"a":2}');
    await page.getByLabel("What the answer must match").blur();
    await send(page, "json please");
    await settled(page);
    expect(await lastAnswer(page).locator("pre").textContent()).toMatch(/^{\n {2}"a": [12]\n}\s*$/);
  });

  it("shows calls of functions, takes their results, and goes on", async () => {
    const page = await open();
    await limitAnswers(page, 60);
    await page.getByRole("button", { name: "Parameters", exact: true }).click();
    // The same tokens in every run: one call that fits.
    const temperature = page.getByRole("spinbutton", { name: "Temperature" });
    await temperature.fill("0");
    await temperature.blur();
    await page.getByText("Form of the answer").click();
    const parameters = {
      type: "object",
      properties: { city: { enum: ["Rome"] } },
      required: ["city"],
      additionalProperties: false,
    };
    const functions = [{ type: "function", function: { name: "weather", parameters } }];
    await page.getByLabel("Functions that the model may call").fill(JSON.stringify(functions));
    await page.getByLabel("Functions that the model may call").blur();
    await page.getByLabel("The answer must call one").check();
    await send(page, "is it warm");
    await settled(page);
    const call = page.locator(".call").first();
    expect(await call.locator("header code").textContent()).toBe("weather");
    expect(JSON.parse((await call.locator("pre").textContent()) ?? "")).toEqual({ city: "Rome" });
    await page.getByLabel("Result of weather").fill("21 degrees");
    const [request] = await Promise.all([
      page.waitForRequest("**/v1/chat/completions"),
      call.getByRole("button", { name: "Answer" }).click(),
    ]);
    const { messages } = request.postDataJSON();
    expect(messages.at(-1)).toMatchObject({
      role: "tool",
      content: "21 degrees",
      tool_call_id: messages.at(-2).tool_calls[0].id,
    });
    await page.locator(".message-tool", { hasText: "21 degrees" }).waitFor();
    await settled(page);
  });

  it("lets a model without a chat template continue texts", async () => {
    const page = await open();
    await limitAnswers(page, 10);
    await page.getByRole("button", { name: "Model: tiny" }).click();
    await page.getByRole("menuitemradio", { name: /plain/ }).click();
    await page.getByRole("button", { name: "Once upon a time …" }).click();
    await page.getByRole("button", { name: "Parameters", exact: true }).click();
    await page.getByText("Token probabilities").click();
    const [request] = await Promise.all([page.waitForRequest("**/v1/completions"), send(page, "once upon")]);
    expect(request.postDataJSON()).toMatchObject({ model: "plain", prompt: "once upon" });
    await settled(page);
    const first = await keptText(page);
    await page.getByRole("button", { name: "Probabilities" }).click();
    expect(await page.locator("button.token").count()).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Show the chat as the model sees it" }).click();
    expect((await page.locator(".spans").textContent())?.startsWith("once upon")).toBe(true);
    await page.keyboard.press("Escape");
    const [next] = await Promise.all([page.waitForRequest("**/v1/completions"), send(page, "and then")]);
    expect(next.postDataJSON().prompt).toBe(`once upon${first}\n\nand then`);
    await settled(page);
  });

  it("keeps presets", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Parameters", exact: true }).click();
    await page.getByLabel("Preset").selectOption("Precise");
    const temperature = page.getByRole("spinbutton", { name: "Temperature" });
    expect(await temperature.inputValue()).toBe("0.2");
    await temperature.fill("0.35");
    await temperature.blur();
    await page.getByLabel("Name of a new preset").fill("Mine");
    await page.getByRole("button", { name: "Keep", exact: true }).click();
    await page.getByLabel("Preset", { exact: true }).selectOption("The model's own");
    expect(await temperature.inputValue()).toBe("");
    await page.reload();
    await page.getByLabel("Preset", { exact: true }).selectOption("Mine");
    expect(await temperature.inputValue()).toBe("0.35");
  });

  it("works with the keyboard alone", async () => {
    const page = await open();
    await page.keyboard.type("only keys");
    await page.keyboard.press("Enter");
    await page.locator(".bubble", { hasText: "only keys" }).waitFor();
    await settled(page);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("new ch");
    await page.keyboard.press("Enter");
    await page.locator(".welcome").waitFor();
    await page.waitForFunction(() => document.activeElement?.id === "composer");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("only keys");
    await page.keyboard.press("Enter");
    await page.locator(".bubble", { hasText: "only keys" }).waitFor();
    await page.keyboard.press("Control+Shift+f");
    await page.keyboard.type("nowhere");
    await page.getByText("Nothing found").waitFor();
  });

  it("fits a phone: the chats lie above the page, nothing is wider than the screen", async () => {
    const page = await open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    expect(await page.locator(".sidebar").count()).toBe(0);
    await send(page, "on a phone, with avery".padEnd(200, "y"));
    await page.getByRole("button", { name: "Send" }).click();
    await settled(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.getByRole("button", { name: "Show chats" }).click();
    await page.locator(".chat-link").first().click();
    await page.locator(".sidebar").waitFor({ state: "detached" });
  });

  it("shows the models with their types, memory and places", async () => {
    const page = await open({ at: "/#/models" });
    const card = await page.locator(".model-card").first().textContent();
    for (const part of ["tiny", "Loaded", "22.4 k", "F32", "1,024 tokens", "128 cache pages"])
      expect(card).toContain(part);
  });

  it("sends at most 200 kB at first, compressed, also for what the service worker keeps", async () => {
    const before = served.proxy.sentBytes;
    const page = await open();
    await page.waitForLoadState("networkidle");
    await page.evaluate(() => navigator.serviceWorker.ready.then(({ active }) => active?.state));
    const bytes = served.proxy.sentBytes - before;
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThan(200_000);
  });
});

const LATIN = ["<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"];
/** Names its characters by a table that is not in the file, as Japanese PDFs do. */
const JAPANESE = [
  "<< /Type /Font /Subtype /Type0 /BaseFont /Ryumin-Light /Encoding /90ms-RKSJ-H /DescendantFonts [6 0 R] >>",
  "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Ryumin-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /FontDescriptor 7 0 R >>",
  "<< /Type /FontDescriptor /FontName /Ryumin-Light /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>",
];

/** The smallest PDF with one line of text. @param text in PDF's notation. */
function tinyPdf(text: string, fonts: readonly string[] = LATIN): Buffer {
  const stream = `BT /F1 24 Tf 72 700 Td ${text} Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    ...fonts,
  ];
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, i) => {
    const at = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  return Buffer.from(
    `${file}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`,
  );
}
