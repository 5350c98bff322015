/** A message with what can be done with it. */
import { memo } from "preact/compat";
import { useState } from "preact/hooks";
import { type App, useApp } from "../app.ts";
import { formatNumber, formatSeconds } from "../base/format.ts";
import { splitAnswer } from "../chat/answer-text.ts";
import type { Message } from "../conversations/types.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { CallView } from "./call.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { MessageEditor } from "./message-editor.tsx";
import { Reasoning } from "./reasoning.tsx";
import { TokenView } from "./token-view.tsx";

export interface MessageProps {
  readonly message: Message;
  /** Identities of the versions of this message, itself among them. */
  readonly siblings: readonly string[];
  readonly isLast: boolean;
}

const NAMES: Readonly<Record<Message["role"], string>> = { user: "You", assistant: "Answer", tool: "Result" };

export const MessageView = memo(
  function MessageView({ message, siblings, isLast }: MessageProps) {
    const [isEdited, setEdited] = useState(false);
    const [showsTokens, setShowsTokens] = useState(false);
    const { role, state } = message;
    return (
      <li
        class={`message message-${role}`}
        data-message={message.id}
        data-state={state}
        aria-busy={state === "running"}
      >
        <h2 class="visually-hidden">{NAMES[role]}</h2>
        {isEdited ? (
          <MessageEditor message={message} onDone={() => setEdited(false)} />
        ) : (
          <>
            <div class="message-body">
              {role === "user" ? (
                <Question message={message} />
              ) : (
                <Answer message={message} showsTokens={showsTokens} />
              )}
            </div>
            <MessageFoot
              message={message}
              siblings={siblings}
              isLast={isLast}
              showsTokens={showsTokens}
              onEdit={() => setEdited(true)}
              onTokens={() => setShowsTokens(!showsTokens)}
            />
          </>
        )}
      </li>
    );
  },
  (before, after) =>
    before.message === after.message &&
    before.isLast === after.isLast &&
    before.siblings.join() === after.siblings.join(),
);

function Question({ message: { text, attachments = [] } }: { readonly message: Message }) {
  return (
    <>
      {attachments.map(({ name, text: content, tokens }) => (
        <details key={name} class="attached">
          <summary>
            <Icon name="file" size={16} /> {name}
            {tokens !== undefined && <span class="soft"> {formatNumber(tokens)} tokens</span>}
          </summary>
          <pre tabIndex={0}>{content.slice(0, 20_000)}</pre>
        </details>
      ))}
      {text !== "" && (
        <div class="bubble" dir="auto">
          {text}
        </div>
      )}
    </>
  );
}

function Answer({ message, showsTokens }: { readonly message: Message; readonly showsTokens: boolean }) {
  const { state, error, stats, calls = [], tokens = [] } = message;
  const parts = splitAnswer(message.text);
  const reasoning = [message.reasoning ?? "", parts.reasoning].filter((part) => part !== "").join("\n\n");
  const isRunning = state === "running";
  const isEmpty = parts.text === "" && reasoning === "" && calls.length === 0;
  return (
    <>
      {reasoning !== "" && (
        <Reasoning
          text={reasoning}
          isRunning={isRunning && !parts.isReasoned}
          seconds={stats?.reasoningSeconds}
        />
      )}
      {showsTokens ? <TokenView message={message} tokens={tokens} /> : <AnswerText text={parts.text} />}
      {calls.map((call) => (
        <CallView key={call.id} call={call} message={message} />
      ))}
      {isRunning && isEmpty && (
        <p class="waiting" role="status">
          <span class="visually-hidden">Waiting for the answer</span>
          <i />
          <i />
          <i />
        </p>
      )}
      {state === "failed" && (
        <p class="note danger" role="alert">
          <Icon name="warning" size={16} /> {error}
        </p>
      )}
      {state === "interrupted" && (
        <p class="note">
          <Icon name="warning" size={16} /> The page was closed during this answer. What had come is here.
        </p>
      )}
    </>
  );
}

/** An answer that is one JSON value is shown as such. */
function AnswerText({ text }: { readonly text: string }) {
  if (text === "") return null;
  return <Markdown text={asMarkdown(text.trimStart())} />;
}

function asMarkdown(text: string): string {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return `\`\`\`json\n${JSON.stringify(JSON.parse(text), null, 2)}\n\`\`\``;
  } catch {
    return text;
  }
}

interface FootProps extends MessageProps {
  readonly showsTokens: boolean;
  readonly onEdit: () => void;
  readonly onTokens: () => void;
}

function MessageFoot({ message, siblings, isLast, showsTokens, onEdit, onTokens }: FootProps) {
  const app = useApp();
  const { role, state, text, tokens = [] } = message;
  if (state === "running")
    return (
      <footer class="message-foot">
        {siblings.length > 1 && <Versions message={message} siblings={siblings} />}
      </footer>
    );
  const isAnswer = role === "assistant";
  const isCut = state !== "whole" || message.stats?.finish === "length";
  return (
    <footer class={`message-foot ${isLast ? "always" : ""}`}>
      {siblings.length > 1 && <Versions message={message} siblings={siblings} />}
      <Tool icon="copy" label="Copy" run={() => copy(app, text)} />
      <Tool icon="edit" label="Edit" run={onEdit} data-edit />
      {isAnswer && <Tool icon="again" label="Answer again" run={() => void app.regenerate(message)} />}
      {isAnswer && isLast && (
        <Tool
          icon="forward"
          label={text === "" ? "Try again" : "Go on"}
          shows={isCut}
          run={() => void app.proceed(message)}
        />
      )}
      {tokens.length > 0 && (
        <Tool icon="chart" label="Probabilities" isPressed={showsTokens} run={onTokens} />
      )}
      {isAnswer && <StatsLine message={message} />}
    </footer>
  );
}

interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly run: () => void;
  /** The name is shown too. */
  readonly shows?: boolean;
  readonly isPressed?: boolean;
  readonly "data-edit"?: boolean;
}

function Tool({ icon, label, run, shows = false, isPressed, ...rest }: ToolProps) {
  return (
    <button
      type="button"
      class={`button quiet small ${shows ? "" : "icon-only"}`}
      aria-label={label}
      title={label}
      aria-pressed={isPressed}
      onClick={run}
      {...rest}
    >
      <Icon name={icon} size={16} />
      {shows && label}
    </button>
  );
}

function copy(app: App, text: string): void {
  void navigator.clipboard.writeText(text).then(() => app.toast("Copied"));
}

function Versions({ message, siblings }: Pick<MessageProps, "message" | "siblings">) {
  const { store } = useApp();
  const at = siblings.indexOf(message.id);
  const turn = (to: number): void => void store.turnTo(siblings[to]);
  return (
    <span class="versions" role="group" aria-label="Versions">
      <button
        type="button"
        class="button quiet small icon-only flips"
        aria-label="Version before"
        disabled={at <= 0}
        onClick={() => turn(at - 1)}
      >
        <Icon name="left" size={16} />
      </button>
      <span aria-hidden="true">
        {at + 1}/{siblings.length}
      </span>
      <span class="visually-hidden">
        {at + 1} of {siblings.length}
      </span>
      <button
        type="button"
        class="button quiet small icon-only flips"
        aria-label="Version after"
        disabled={at === siblings.length - 1}
        onClick={() => turn(at + 1)}
      >
        <Icon name="right" size={16} />
      </button>
    </span>
  );
}

/** Seconds below which the clock and the network decide. */
const SHORTEST = 0.05;

/** Speed and counts in one line; the rest when asked for. */
function StatsLine({ message: { stats } }: { readonly message: Message }) {
  if (stats === undefined || stats.tokens === 0) return null;
  const { tokens, seconds, promptTokens, cachedTokens, firstTokenSeconds, seed, model, finish } = stats;
  // Tokens that came all at once tell no speed, but the whole answer does.
  const taken = seconds < SHORTEST ? firstTokenSeconds + seconds : seconds;
  const speed = taken > 0 ? (tokens / taken).toFixed(1) : "–";
  const rows: readonly (readonly [string, string])[] = [
    ["Answer", `${formatNumber(tokens)} tokens in ${formatSeconds(seconds)}`],
    ["First token", formatSeconds(firstTokenSeconds)],
    ...(promptTokens === undefined
      ? []
      : [
          [
            "Prompt",
            `${formatNumber(promptTokens)} tokens, ${formatNumber(cachedTokens ?? 0)} from the cache`,
          ] as const,
        ]),
    ["Seed", String(seed)],
    ...(model === "" ? [] : [["Model", model] as const]),
    ...(finish === undefined ? [] : [["Ended by", ENDS[finish] ?? finish] as const]),
  ];
  return (
    <details class="stats">
      <summary title="Figures of this answer">
        <bdi>{speed} tokens/s</bdi>
      </summary>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

const ENDS: Readonly<Record<string, string>> = {
  stop: "the model",
  length: "its length",
  tool_calls: "a call",
};
