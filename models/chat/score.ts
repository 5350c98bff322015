/** Asks a model the items of the frozen test set, and counts by kind which answers its rules pass. */
import { type Item, passes } from "../../test/chat/rules.ts";

/** A message as chat templates read it. */
export type Turn = {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
};

export interface Answer {
  readonly text: string;
  /** The model ended it, not the limit. */
  readonly ended: boolean;
}

/** Answers the last message of a conversation with at most so many tokens. */
export type Answerer = (messages: readonly Turn[], maxTokens: number) => Promise<Answer>;

export interface ScoredItem extends Answer {
  readonly kind: string;
  readonly turns: readonly string[];
  /** The answer ended, and its rule passes it. */
  readonly passed: boolean;
}

export interface KindScore {
  readonly kind: string;
  readonly passed: number;
  readonly of: number;
}

/** Tokens that a word may take: an answer that reaches the limit has too many words. */
const TOKENS_PER_WORD = 2;
const SPARE_TOKENS = 16;

/** The messages of an item. */
export function messagesOf({ turns }: Item, system: string | undefined): readonly Turn[] {
  const lead: Turn[] = system === undefined ? [] : [{ role: "system", content: system }];
  return [
    ...lead,
    ...turns.map((content, i): Turn => ({ role: i % 2 === 0 ? "user" : "assistant", content })),
  ];
}

/** Asks all items at once; the answerer decides how many run side by side. Results are in the items' order. */
export async function scoreItems(
  items: Readonly<Record<string, readonly Item[]>>,
  answer: Answerer,
  system?: string,
): Promise<readonly ScoredItem[]> {
  const asked = Object.entries(items).flatMap(([kind, own]) => own.map((item) => ({ kind, item })));
  return await Promise.all(
    asked.map(async ({ kind, item }) => {
      const most = item.rule.words[1] * TOKENS_PER_WORD + SPARE_TOKENS;
      const { text, ended } = await answer(messagesOf(item, system), most);
      return { kind, turns: item.turns, text, ended, passed: ended && passes(text, item.rule) };
    }),
  );
}

export interface Summary {
  readonly passed: number;
  readonly of: number;
  readonly scores: readonly KindScore[];
}

/** The sum of all items, and sums by kind. */
export function summaryOf(scored: readonly ScoredItem[]): Summary {
  return { passed: scored.filter(({ passed }) => passed).length, of: scored.length, scores: byKind(scored) };
}

/** Sums by kind, in the items' order. */
export function byKind(scored: readonly ScoredItem[]): readonly KindScore[] {
  return [...new Set(scored.map(({ kind }) => kind))].map((kind) => {
    const own = scored.filter((item) => item.kind === kind);
    return { kind, passed: own.filter(({ passed }) => passed).length, of: own.length };
  });
}
