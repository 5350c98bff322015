/** The field for the next message. What is typed survives reloads until it is sent. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type App, useApp } from "../app.ts";
import { readAttachment } from "../attachments/read.ts";
import { useCell } from "../base/cell.ts";
import { formatBytes, formatNumber } from "../base/format.ts";
import type { Attachment } from "../conversations/types.ts";
import { drafts } from "../settings/preferences.ts";
import { Icon } from "./icons.tsx";
import { isNarrow } from "./shell.tsx";

export interface ComposerProps {
  readonly conversation: string | undefined;
  readonly isRunning: boolean;
}

export function Composer({ conversation, isRunning }: ComposerProps) {
  const app = useApp();
  const [text, setText] = useState(() => drafts.read(conversation));
  const [attachments, setAttachments] = useState<readonly Attachment[]>([]);
  const field = useRef<HTMLTextAreaElement>(null);

  useLayoutEffect(() => fitHeight(field.current), [text]);
  // Before the next key, which a person may have pressed already.
  useLayoutEffect(() => {
    if (!isNarrow()) field.current?.focus();
  }, []);

  const change = (next: string): void => {
    // An engine in the page begins to load with the first letter.
    if (text === "" && next !== "") app.browserEngine?.open(app.settings.model).catch(() => {});
    setText(next);
    drafts.write(conversation, next);
  };
  const attach = async (chosen: Iterable<File>): Promise<void> => {
    for (const file of chosen) {
      const read = await readFile(app, file);
      if (read !== undefined) setAttachments((known) => [...known, read]);
    }
  };
  const canSend = !isRunning && (text.trim() !== "" || attachments.length > 0);
  const send = (): void => {
    if (!canSend) return;
    void app.send(text.trim(), attachments);
    change("");
    setAttachments([]);
  };
  return (
    <DropArea attach={attach}>
      <form
        class="composer column"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {attachments.length > 0 && (
          <ul class="attachments" aria-label="Attached files">
            {attachments.map((attachment, i) => (
              <AttachmentChip
                key={attachment.name}
                attachment={attachment}
                onRemove={() => setAttachments(attachments.filter((_, other) => other !== i))}
              />
            ))}
          </ul>
        )}
        <textarea
          id="composer"
          ref={field}
          rows={1}
          dir="auto"
          placeholder="Write a message"
          aria-label="Message"
          value={text}
          onInput={({ currentTarget }) => change(currentTarget.value)}
          onKeyDown={(event) => onKey(event, app, text, send)}
          onPaste={(event) => {
            const pasted = event.clipboardData?.files ?? [];
            if (pasted.length === 0) return;
            event.preventDefault();
            void attach(pasted);
          }}
        />
        <div class="composer-foot">
          <AttachButton attach={attach} />
          <ContextUse attachments={attachments} />
          <SendOrStop isRunning={isRunning} canSend={canSend} />
        </div>
      </form>
    </DropArea>
  );
}

/** The attachment of a file; undefined for a model, which is added, and for a file that cannot be read. */
async function readFile(app: App, file: File): Promise<Attachment | undefined> {
  if (/\.gguf$/i.test(file.name)) {
    await app.addModelFile(file);
    return undefined;
  }
  const count = (content: string) => app.engine.countTokens(app.settings.model, content);
  const read = await readAttachment(file, count).catch((error: Error) => error);
  if (!(read instanceof Error)) return read;
  app.toast(read.message, undefined, 8000);
  return undefined;
}

interface AttachProps {
  readonly attach: (files: Iterable<File>) => Promise<void>;
}

/** Takes files that are dropped onto it. */
function DropArea({ attach, children }: AttachProps & { readonly children: ComponentChildren }) {
  const [isDropping, setDropping] = useState(false);
  return (
    <div
      class={`composer-area ${isDropping ? "dropping" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDropping(false);
        void attach(event.dataTransfer?.files ?? []);
      }}
    >
      {children}
    </div>
  );
}

/** Chooses files from the disk. */
function AttachButton({ attach }: AttachProps) {
  const files = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          void attach([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
      <button
        type="button"
        class="button quiet icon-only"
        aria-label="Attach files"
        title="Attach text, Markdown, CSV or PDF"
        onClick={() => files.current?.click()}
      >
        <Icon name="attach" />
      </button>
    </>
  );
}

/** Sends the message, or stops the answer that is being written. */
function SendOrStop({ isRunning, canSend }: { readonly isRunning: boolean; readonly canSend: boolean }) {
  const app = useApp();
  if (isRunning) {
    return (
      <button
        type="button"
        class="button primary round"
        aria-label="Stop"
        title="Stop (Escape)"
        onClick={() => stop(app)}
      >
        <Icon name="stop" />
      </button>
    );
  }
  return (
    <button
      type="submit"
      class="button primary round"
      aria-label="Send"
      title="Send (Enter)"
      disabled={!canSend}
    >
      <Icon name="send" />
    </button>
  );
}

function stop(app: App): void {
  const { current } = app;
  if (current !== undefined) app.answerer.stopAll(current.id);
}

/** Enter sends; on touch screens, whose keyboards have no Shift+Enter, it is a new line. */
function onKey(event: KeyboardEvent, app: App, text: string, send: () => void): void {
  if (event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
    event.preventDefault();
    send();
  }
  if (event.key === "ArrowUp" && text === "") {
    const question = app.path.findLast(({ role }) => role === "user");
    if (question === undefined) return;
    event.preventDefault();
    document.querySelector<HTMLElement>(`[data-message="${question.id}"] [data-edit]`)?.click();
  }
}

/** Most pixels of the field before it scrolls. */
const TALLEST = 260;

function fitHeight(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.blockSize = "auto";
  field.style.blockSize = `${Math.min(TALLEST, field.scrollHeight)}px`;
}

function AttachmentChip({
  attachment,
  onRemove,
}: {
  readonly attachment: Attachment;
  readonly onRemove: () => void;
}) {
  const { name, text, tokens } = attachment;
  return (
    <li class="attachment">
      <Icon name="file" size={16} />
      <span class="attachment-name">{name}</span>
      <span class="soft">
        {tokens === undefined ? formatBytes(text.length) : `${formatNumber(tokens)} tokens`}
      </span>
      <button
        type="button"
        class="button quiet icon-only tiny"
        aria-label={`Remove ${name}`}
        onClick={onRemove}
      >
        <Icon name="close" size={14} />
      </button>
    </li>
  );
}

/** How much of the model's context the attached files take. */
function ContextUse({ attachments }: { readonly attachments: readonly Attachment[] }) {
  const app = useApp();
  const state = useCell(app.state);
  const name = app.settings.model;
  const model = state?.models.find((each) => each.name === name) ?? state?.models[0];
  const context = model?.activity?.context;
  const used = attachments.reduce((sum, { tokens = 0 }) => sum + tokens, 0);
  if (used === 0 || context === undefined) return <span class="grow" />;
  const share = used / context;
  return (
    <span class={`context-use grow ${share > 0.9 ? "over" : ""}`}>
      <meter min={0} max={1} value={Math.min(1, share)} aria-label="Share of the context" />
      {formatNumber(used)} of {formatNumber(context)} tokens
      {share > 0.9 && " – too long to be answered whole"}
    </span>
  );
}
