/** A function that the model calls, and the field for its result. */
import { useState } from "preact/hooks";
import { useApp } from "../app.ts";
import type { Call, Message } from "../conversations/types.ts";
import { Icon } from "./icons.tsx";

export function CallView({ call, message }: { readonly call: Call; readonly message: Message }) {
  const app = useApp();
  const [result, setResult] = useState("");
  const isAnswered = app.path.some(({ callId }) => callId === call.id);
  const isLast = app.path.at(-1)?.id === message.id;
  return (
    <section class="call" aria-label={`Call of ${call.name}`}>
      <header>
        <Icon name="tool" size={16} /> Calls <code>{call.name}</code>
      </header>
      <pre tabIndex={0}>{indented(call.arguments)}</pre>
      {message.state === "whole" && isLast && !isAnswered && (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            void app.answerCall(message, call.id, result);
          }}
        >
          <input
            class="input grow"
            aria-label={`Result of ${call.name}`}
            placeholder="Its result"
            value={result}
            onInput={({ currentTarget }) => setResult(currentTarget.value)}
          />
          <button type="submit" class="button small primary" disabled={result === ""}>
            Answer
          </button>
        </form>
      )}
    </section>
  );
}

function indented(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
