/** The engine in the page. */
import { type AnswerEvent, type Engine, EngineError, type EngineState, type ShownPrompt } from "./engine.ts";

export class BrowserEngine implements Engine {
  readonly kind = "browser";
  constructor(readonly_: URL) {
    void readonly_;
  }
  async state(): Promise<EngineState> {
    throw new EngineError("unreachable", "not yet");
  }
  async *answer(): AsyncGenerator<AnswerEvent> {}
  async countTokens(): Promise<number> {
    return 0;
  }
  async prompt(): Promise<ShownPrompt> {
    throw new EngineError("unreachable", "not yet");
  }
}
