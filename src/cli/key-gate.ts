/**
 * A filter between the terminal and the line editor. A paste of several lines reaches the editor as one line. Keys
 * typed while an answer is written wait, so that they do not mix with the answer. Ctrl-C and Ctrl-Z never wait.
 */
import { Transform, type TransformCallback } from "node:stream";
import type { ReadStream } from "node:tty";

/** Represents a line break inside the edited line. */
export const BREAK = "\u2424";

const PASTE = {
  begin: "\u001b[200~",
  end: "\u001b[201~",
  on: "\u001b[?2004h",
  off: "\u001b[?2004l",
} as const;
const CTRL_C = "\u0003";
const CTRL_Z = "\u001a";

export interface KeyGateEvents {
  /** Ctrl-C while keys are held. */
  readonly onInterrupt: () => void;
  /** Ctrl-Z while keys are held. */
  readonly onSuspend: () => void;
}

/** A stream of keys that looks like the terminal to a line editor. */
export class KeyGate extends Transform {
  readonly isTTY = true;
  readonly #terminal: ReadStream;
  readonly #events: KeyGateEvents;
  readonly #decoder = new TextDecoder();
  #held: string | undefined;
  #pasting = false;
  /** The start of a mark split between two chunks. */
  #rest = "";

  constructor(terminal: ReadStream, events: KeyGateEvents) {
    super({ decodeStrings: true });
    this.#terminal = terminal;
    this.#events = events;
    terminal.pipe(this);
  }

  /** Called by the line editor. */
  setRawMode(raw: boolean): this {
    this.#terminal.setRawMode(raw);
    return this;
  }

  /** Tells the terminal whether to mark pastes. */
  markPastes(wanted: boolean): void {
    if (process.stdout.isTTY) process.stdout.write(wanted ? PASTE.on : PASTE.off);
  }

  /** Holds keys from now on. */
  hold(): void {
    this.#held ??= "";
  }

  /** Passes on the held keys, and lets later keys pass. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.push(held);
  }

  /** Ends the stream. */
  close(): void {
    this.#terminal.unpipe(this);
    this.#terminal.pause();
    this.end();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const keys = this.#joinPastes(this.#rest + this.#decoder.decode(chunk, { stream: true }));
    if (this.#held === undefined) this.push(keys);
    else this.#held += this.#urgent(keys);
    done();
  }

  /** Acts on the keys that do not wait, and returns the others. */
  #urgent(keys: string): string {
    if (keys.includes(CTRL_C)) this.#events.onInterrupt();
    if (keys.includes(CTRL_Z)) this.#events.onSuspend();
    return keys.replaceAll(CTRL_C, "").replaceAll(CTRL_Z, "");
  }

  /** Removes paste marks, and turns line breaks inside pastes into characters of the line. */
  #joinPastes(text: string): string {
    this.#rest = "";
    let keys = "";
    let at = 0;
    while (at < text.length) {
      const mark = this.#pasting ? PASTE.end : PASTE.begin;
      const found = text.indexOf(mark, at);
      const part = text.slice(at, found < 0 ? undefined : found);
      let cut = found < 0 ? cutMark(part, mark) : part.length;
      // The matching line feed may come with the next chunk.
      if (found < 0 && this.#pasting && part[cut - 1] === "\r") cut--;
      this.#rest = part.slice(cut);
      keys += this.#pasting ? part.slice(0, cut).replace(/\r\n|\r|\n/g, BREAK) : part.slice(0, cut);
      if (found < 0) return keys;
      this.#pasting = !this.#pasting;
      at = found + mark.length;
    }
    return keys;
  }
}

/** Where a mark may begin at the end of a text. A lone escape is the key itself. */
function cutMark(text: string, mark: string): number {
  for (let length = mark.length - 1; length > 1; length--)
    if (text.endsWith(mark.slice(0, length))) return text.length - length;
  return text.length;
}
