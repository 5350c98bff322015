/** What a chat receives from typed, pasted and piped input. */
import { PassThrough, Readable } from "node:stream";
import type { ReadStream } from "node:tty";
import { describe, expect, it } from "vitest";
import { messagesOf } from "./chat-lines.ts";
import { BREAK, KeyGate } from "./key-gate.ts";
import { pipedMessages } from "./piped-messages.ts";

async function all(items: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("typed lines", () => {
  const messages = (...lines: string[]) =>
    all(messagesOf(Readable.from(lines), { prompt: () => {}, break: BREAK }));

  it.each([
    ["one each", ["hi", "ho"], ["hi", "ho"]],
    ["none that are blank", ["", "  ", "hi"], ["hi"]],
    ["with a backslash at the end", ["a\\", "b\\", "c", "d"], ["a\nb\nc", "d"]],
    ["in three quotes", ['"""', "a", "", 'b"""', "c"], ["a\n\nb", "c"]],
    ["in three quotes in one line", ['"""a"""', "b"], ["a", "b"]],
    ["in three quotes from the first word on", ['"""a', "b", '"""'], ["a\nb"]],
    ["that were pasted", [`a${BREAK}b`, "c"], ["a\nb", "c"]],
    ["that never end", ['"""', "a"], ["\na"]],
  ])("are messages: %s", async (_, lines, expected) => {
    expect(await messages(...lines)).toEqual(expected);
  });
});

describe("the filter before the line editor", () => {
  function gate() {
    const terminal = new PassThrough();
    const seen: string[] = [];
    const keys = new KeyGate(terminal as unknown as ReadStream, {
      onInterrupt: () => seen.push("interrupt"),
      onSuspend: () => seen.push("suspend"),
    });
    let text = "";
    keys.on("data", (chunk) => {
      text += chunk;
    });
    const type = async (...chunks: string[]) => {
      for (const chunk of chunks) {
        terminal.write(chunk);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return text;
    };
    return { keys, seen, type };
  }

  it("turns a paste into one line, however its marks are split", async () => {
    const whole = "x\u001b[200~a\nb\r\nc\u001b[201~\r";
    const expected = `xa${BREAK}b${BREAK}c\r`;
    expect(await gate().type(whole)).toBe(expected);
    for (let cut = 1; cut < whole.length; cut++) {
      const escapeAlone = whole[cut - 1] === "\u001b"; // a lone escape is the key itself
      if (!escapeAlone) expect(await gate().type(whole.slice(0, cut), whole.slice(cut))).toBe(expected);
    }
  });

  it("passes other keys, including a lone escape", async () => {
    expect(await gate().type("a\u001b[A", "\u001b", "b\n")).toBe("a\u001b[A\u001bb\n");
  });

  it("holds keys typed during an answer, except Ctrl-C and Ctrl-Z", async () => {
    const { keys, seen, type } = gate();
    keys.hold();
    expect(await type("ab\u0003", "c\u001a")).toBe("");
    expect(seen).toEqual(["interrupt", "suspend"]);
    keys.release();
    expect(await type("d")).toBe("abcd");
  });
});

describe("messages from a pipe", () => {
  it("extend to the end of the pipe", async () => {
    const pipe = Readable.from([Buffer.from("a\n\nb "), Buffer.from("c\n")]);
    expect(await all(pipedMessages(pipe, { eachLine: false }))).toEqual(["a\n\nb c"]);
  });

  it("extend to a pause of the program at its other end", async () => {
    const pipe = new PassThrough();
    const messages = pipedMessages(pipe, { eachLine: false, restMs: 5 });
    pipe.write("first\n");
    expect(await messages.next()).toEqual({ done: false, value: "first" });
    pipe.end("second");
    expect(await messages.next()).toEqual({ done: false, value: "second" });
    expect(await messages.next()).toMatchObject({ done: true });
  });

  it("are its lines if requested, and an abandoned pipe is closed", async () => {
    const pipe = new PassThrough();
    pipe.write("a\n\nb\n");
    for await (const message of pipedMessages(pipe, { eachLine: true })) {
      expect(message).toBe("a");
      break;
    }
    expect(pipe.destroyed).toBe(true);
  });
});
