/** An answer token by token, coloured by probability. A token opens its alternatives; one of them branches from there. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app.ts";
import type { Message, TokenChoice } from "../conversations/types.ts";

export function TokenView({
  message,
  tokens,
}: {
  readonly message: Message;
  readonly tokens: readonly TokenChoice[];
}) {
  const [opened, setOpened] = useState<number | undefined>(undefined);
  return (
    <div class="tokens">
      <p class="soft legend">
        <span class="token level-0">likely</span> <span class="token level-2">less so</span>{" "}
        <span class="token level-4">surprising</span> – press a token for its alternatives.
      </p>
      <div class="tokens-text" dir="auto">
        {tokens.map((token, i) => (
          <button
            key={`${i}`}
            type="button"
            class={`token level-${levelOf(token.logprob)}`}
            aria-label={isBlank(token.text) ? "blank" : undefined}
            aria-expanded={opened === i}
            onClick={() => setOpened(opened === i ? undefined : i)}
          >
            {shown(token.text)}
          </button>
        ))}
      </div>
      {opened !== undefined && tokens[opened] !== undefined && (
        <Alternatives
          message={message}
          token={tokens[opened]}
          index={opened}
          onClose={() => setOpened(undefined)}
        />
      )}
    </div>
  );
}

const isBlank = (text: string): boolean => !/[\p{L}\p{N}\p{P}\p{S}]/u.test(text);

/** Least probabilities of the colours, likeliest first. */
const LEVELS = [0.8, 0.5, 0.25, 0.1];

function levelOf(logprob: number): number {
  const level = LEVELS.findIndex((least) => Math.exp(logprob) >= least);
  return level < 0 ? LEVELS.length : level;
}

const shown = (text: string): string => text.replaceAll("\n", "⏎\n");

interface AlternativesProps {
  readonly message: Message;
  readonly token: TokenChoice;
  readonly index: number;
  readonly onClose: () => void;
}

function Alternatives({ message, token, index, onClose }: AlternativesProps) {
  const app = useApp();
  const first = useRef<HTMLDivElement>(null);
  useEffect(() => first.current?.querySelector<HTMLElement>("button")?.focus(), [index]);
  return (
    <div
      ref={first}
      class="alternatives"
      role="group"
      aria-label="Alternatives of the token"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      {token.top.map((choice) => {
        const share = Math.exp(choice.logprob);
        const isTaken = choice.text === token.text && choice.logprob === token.logprob;
        // Bytes that are no whole character cannot begin a text.
        const isUsable = !isTaken && !choice.text.includes("\ufffd");
        return (
          <button
            key={choice.text}
            type="button"
            class="alternative"
            disabled={!isUsable}
            title={isTaken ? "This one was taken" : "Answer again from here with this token"}
            onClick={() => {
              onClose();
              void app.branchAt(message, index, choice);
            }}
          >
            <code>{choice.text === "" ? "(end)" : shown(choice.text).replaceAll(" ", "␣")}</code>
            <meter min={0} max={1} value={share} />
            <bdi>{(100 * share).toFixed(1)} %</bdi>
            {isTaken && <small>taken</small>}
          </button>
        );
      })}
    </div>
  );
}
