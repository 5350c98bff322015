/** Edits a message into another version of it. */
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../app.ts";
import type { Message } from "../conversations/types.ts";

export function MessageEditor({
  message,
  onDone,
}: {
  readonly message: Message;
  readonly onDone: () => void;
}) {
  const app = useApp();
  const field = useRef<HTMLTextAreaElement>(null);
  const isQuestion = message.role === "user";
  useEffect(() => {
    const { current } = field;
    if (current === null) return;
    current.style.blockSize = `${Math.min(400, current.scrollHeight + 4)}px`;
    current.focus();
    current.setSelectionRange(current.value.length, current.value.length);
  }, []);
  const keep = (): void => {
    const text = field.current?.value ?? "";
    onDone();
    if (text !== message.text) void app.edit(message, text);
  };
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        keep();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          onDone();
        }
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) keep();
      }}
    >
      <textarea
        ref={field}
        class="input"
        dir="auto"
        aria-label="Edit the message"
        defaultValue={message.text}
      />
      <div class="row end">
        <span class="soft grow">
          {isQuestion ? "The old version stays beside the new one." : "Keeps both versions."}
        </span>
        <button type="button" class="button small" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" class="button small primary">
          {isQuestion ? "Ask this" : "Keep"}
        </button>
      </div>
    </form>
  );
}
