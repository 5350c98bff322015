/** The chat as the model sees it: the template's own text and each message's, in colours, with the tokens. */
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app.ts";
import { formatNumber } from "../base/format.ts";
import { turnsOf } from "../chat/turns.ts";
import type { PromptSegment, ShownPrompt, Turn } from "../engine/engine.ts";
import { Dialog } from "./dialog.tsx";

const LEGEND: readonly (readonly [kind: string, label: string])[] = [
  ["template", "Template"],
  ["system", "System"],
  ["user", "You"],
  ["assistant", "Model"],
];

export function PromptDialog({ onClose }: { readonly onClose: () => void }) {
  const app = useApp();
  const [shown, setShown] = useState<ShownPrompt | Error | undefined>(undefined);
  const [asTokens, setAsTokens] = useState(false);
  const { settings, path } = app;
  const turns = turnsOf(path, settings.system);
  useEffect(() => {
    if (turns.length === 0) return;
    app.engine.prompt({ turns, settings }).then(setShown, (error: Error) => setShown(error));
  }, []);
  return (
    <Dialog title="As the model sees it" kind="wide" onClose={onClose}>
      {turns.length === 0 && <p class="soft">There is nothing to see before the first message.</p>}
      {shown instanceof Error && <p class="note danger">{shown.message}</p>}
      {shown !== undefined && !(shown instanceof Error) && (
        <>
          <div class="row wrap">
            <ul class="span-legend">
              {LEGEND.map(([kind, label]) => (
                <li key={kind}>
                  <span class={`span span-${kind}`}>{label}</span>
                </li>
              ))}
            </ul>
            <span class="soft counts">{formatNumber(shown.tokens.length)} tokens</span>
            <label class="check">
              <input type="checkbox" checked={asTokens} onChange={() => setAsTokens(!asTokens)} />
              <span>Tokens</span>
            </label>
          </div>
          {asTokens ? <Pieces prompt={shown} /> : <Segments segments={shown.segments} turns={turns} />}
        </>
      )}
    </Dialog>
  );
}

function Segments({
  segments,
  turns,
}: {
  readonly segments: readonly PromptSegment[];
  readonly turns: readonly Turn[];
}) {
  return (
    <pre class="spans" dir="auto" tabIndex={0}>
      {segments.map(({ text, special, message }, i) => {
        const kind = special || message === undefined ? "template" : turns[message]?.role;
        return (
          <span key={`${i}`} class={`span span-${kind}`}>
            {text}
          </span>
        );
      })}
    </pre>
  );
}

function Pieces({ prompt: { tokens, pieces } }: { readonly prompt: ShownPrompt }) {
  return (
    <div class="spans pieces" tabIndex={0} role="group" aria-label="Tokens">
      {pieces.map((piece, i) => (
        <span key={`${i}`} class="piece" title={`Token ${tokens[i]}`}>
          {piece}
        </span>
      ))}
    </div>
  );
}
