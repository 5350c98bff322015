/** What a model thinks before it answers, folded. */
import { formatSeconds } from "../base/format.ts";
import { Markdown } from "../markdown/markdown.tsx";

export interface ReasoningProps {
  readonly text: string;
  readonly isRunning: boolean;
  readonly seconds: number | undefined;
}

export function Reasoning({ text, isRunning, seconds }: ReasoningProps) {
  const took = seconds === undefined ? "Thought about it" : `Thought for ${formatSeconds(seconds)}`;
  return (
    <details class="reasoning">
      <summary>{isRunning ? "Thinking …" : took}</summary>
      <Markdown text={text} />
    </details>
  );
}
