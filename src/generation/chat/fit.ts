/** Fits a conversation into the context: drops its oldest turns, but never the system message. */
import type { Shorten } from "../shorten.ts";
import type { ChatPrompt } from "./prompt.ts";
import type { ChatMessage } from "./types.ts";

/** Renders a subset of a conversation's messages. */
export type RenderPrompt = (messages: readonly ChatMessage[]) => ChatPrompt;

/** The part of a conversation that the model sees. */
export interface FittedChat {
  readonly prompt: ChatPrompt;
  readonly messages: readonly ChatMessage[];
  /** Dropped messages: the oldest after the system message. */
  readonly dropped: readonly ChatMessage[];
}

const isLead = ({ role }: ChatMessage): boolean => role === "system" || role === "developer";

/** Views of the conversation without its oldest turns: all turns, without the first, and so on to the last alone. */
function views(messages: readonly ChatMessage[]): { first: number; messages: readonly ChatMessage[] }[] {
  const found = messages.findIndex((message) => !isLead(message));
  const lead = found < 0 ? messages.length : found;
  const starts = messages.flatMap(({ role }, i) => (i > lead && role === "user" ? [i] : []));
  const all = { first: lead, messages };
  return [
    all,
    ...starts.map((i) => ({ first: i, messages: [...messages.slice(0, lead), ...messages.slice(i)] })),
  ];
}

/** The longest view of at most `room` tokens, else the shortest. A turn is a user's message and what follows it. */
export function fitChat(render: RenderPrompt, messages: readonly ChatMessage[], room: number): FittedChat {
  const choices = views(messages);
  const start = choices[0].first;
  const fitted = ({ first, messages: view }: (typeof choices)[number]): FittedChat => ({
    prompt: render(view),
    messages: view,
    dropped: messages.slice(start, first),
  });
  const all = fitted(choices[0]);
  if (all.prompt.tokens.length <= room || choices.length === 1) return all;
  let [low, high] = [1, choices.length - 1];
  let best = fitted(choices[high]);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = fitted(choices[middle]);
    if (found.prompt.tokens.length > room) low = middle + 1;
    else {
      best = found;
      high = middle;
    }
  }
  return best;
}

/** Share of a full context that is kept. Dropping the rest at once avoids dropping token by token. */
const STAYS = 3 / 4;

/**
 * What a conversation keeps when the context fills up in the middle of an answer: it drops the oldest turns; if no turn
 * is left to drop, it drops the older half of the answer.
 * @param onDrop receives the dropped messages.
 */
export function shortenChat(
  render: RenderPrompt,
  start: FittedChat,
  onDrop: (dropped: readonly ChatMessage[]) => void,
): Shorten {
  let { messages, prompt } = start;
  return (tokens, context) => {
    const answer = tokens.slice(prompt.tokens.length);
    const found = fitChat(render, messages, Math.floor(context * STAYS) - answer.length);
    if (found.prompt.tokens.length < prompt.tokens.length) {
      ({ messages, prompt } = found);
      onDrop(found.dropped);
      return [...prompt.tokens, ...answer];
    }
    const half = Math.floor(answer.length / 2);
    return half === 0 ? undefined : [...prompt.tokens, ...answer.slice(half)];
  };
}
