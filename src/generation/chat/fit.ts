/** A conversation that is longer than the context: its oldest turns are left out, the system message never. */
import type { Shorten } from "../shorten.ts";
import type { ChatPrompt } from "./prompt.ts";
import type { ChatMessage } from "./types.ts";

/** Renders some of a conversation's messages. */
export type RenderPrompt = (messages: readonly ChatMessage[]) => ChatPrompt;

/** The part of a conversation that the model sees. */
export interface FittedChat {
  readonly prompt: ChatPrompt;
  readonly messages: readonly ChatMessage[];
  /** Messages that were left out: the oldest after the system message. */
  readonly dropped: readonly ChatMessage[];
}

const isLead = ({ role }: ChatMessage): boolean => role === "system" || role === "developer";

/** The conversation without its oldest turns: all, without the first, … down to the last alone. */
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

/** Of a context that is full, this share may stay: what is forgotten at once need not be forgotten token by token. */
const STAYS = 3 / 4;

/**
 * What stays of a conversation when the context is full in the middle of an answer: without the oldest turns; where
 * none is left to drop, without the older half of the answer.
 * @param onDrop is told of the messages that were left out.
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
