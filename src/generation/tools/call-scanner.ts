/** Reads the JSON objects of calls character by character: the name first, then the arguments as they arrive. */
export interface CallListener {
  /** A call's name is known. */
  readonly onName: (name: string) => void;
  /** More of the JSON text of the arguments' object. */
  readonly onArguments: (text: string) => void;
}

export class CallScanner {
  readonly #argumentsKey: string;
  readonly #listener: CallListener;
  /** Open braces and brackets; 1 inside a call's object. Brackets around calls do not count. */
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** The key at depth 1 whose value is being read; undefined before a colon. */
  #key: string | undefined;
  /** The last string at depth 1, as JSON text. */
  #string = "";
  #inArguments = false;
  /** Arguments that were not reported yet. */
  #arguments = "";

  constructor(argumentsKey: string, listener: CallListener) {
    this.#argumentsKey = argumentsKey;
    this.#listener = listener;
  }

  push(text: string): void {
    for (const character of text) this.#take(character);
    this.#report();
  }

  #take(character: string): void {
    if (this.#inString) this.#insideString(character);
    else this.#outsideString(character);
    if (!this.#inArguments) return;
    this.#arguments += character;
    if (this.#depth > 1 || this.#inString) return;
    this.#inArguments = false;
    this.#report();
  }

  #insideString(character: string): void {
    if (this.#depth === 1) this.#string += character;
    if (this.#isEscaped) this.#isEscaped = false;
    else if (character === "\\") this.#isEscaped = true;
    else if (character === '"') this.#endString();
  }

  #endString(): void {
    this.#inString = false;
    if (this.#depth === 1 && this.#key === "name") this.#listener.onName(textOf(this.#string));
  }

  #outsideString(character: string): void {
    switch (character) {
      case '"':
        this.#inString = true;
        if (this.#depth === 1) this.#string = character;
        break;
      case "{":
        this.#depth++;
        this.#inArguments ||= this.#depth === 2 && this.#key === this.#argumentsKey;
        if (this.#depth === 1) this.#key = undefined;
        break;
      case "[":
        if (this.#depth > 0) this.#depth++;
        break;
      case "}":
      case "]":
        if (this.#depth > 0) this.#depth--;
        break;
      case ":":
        if (this.#depth === 1) this.#key = textOf(this.#string);
        break;
      case ",":
        if (this.#depth === 1) this.#key = undefined;
        break;
      default:
    }
  }

  #report(): void {
    const text = this.#arguments;
    this.#arguments = "";
    if (text !== "") this.#listener.onArguments(text);
  }
}

function textOf(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return "";
  }
}
