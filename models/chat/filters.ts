/**
 * Which human-written conversations a small story model can learn from: short sentences, words of stories, and an
 * assistant that does not talk of a life of its own.
 */
import { meanSentenceWords, plainMarks } from "../stories/cleaning.ts";
import { capitalised } from "../world/grammar/nouns.ts";
import type { Turn } from "./score.ts";

const wordsIn = (text: string): string[] => text.toLowerCase().match(/[a-z']+/g) ?? [];

/** Occurrences from which a word counts as known. */
const LEAST = 3;

/** The words of stories. */
export class StoryWords {
  readonly #counts = new Map<string, number>();

  add(story: string): void {
    for (const word of wordsIn(story)) this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
  }

  knows(word: string): boolean {
    return (this.#counts.get(word) ?? 0) >= LEAST;
  }

  /** Share of the words of a text that are known; 1 for a text without words. */
  share(text: string): number {
    const words = wordsIn(text);
    return words.length === 0 ? 1 : words.filter((word) => this.knows(word)).length / words.length;
  }
}

const LIMITS = { sentenceWords: 22, answerWords: 40, conversationWords: 240 };
const PLAIN = /^[\n -~]*$/;
/** Smallest share of known words in an answer, which the model has to write itself. */
const KNOWN_ANSWER = 0.92;

/** Short and plain enough, with at least this share of known words. */
export function isSimple(turns: readonly Turn[], words: StoryWords, known: number): boolean {
  const all = turns.map(({ content }) => content).join("\n");
  return (
    wordsIn(all).length <= LIMITS.conversationWords &&
    words.share(all) >= known &&
    turns.every(({ role, content }) => {
      const count = wordsIn(content).length;
      return (
        count > 0 &&
        PLAIN.test(content) &&
        meanSentenceWords(content) <= LIMITS.sentenceWords &&
        (role !== "assistant" || (count <= LIMITS.answerWords && words.share(content) >= KNOWN_ANSWER))
      );
    })
  );
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? plainMarks(value).trim() : undefined;

/** What a program may say of itself. */
const ALLOWED =
  /\b(?:I'm|I am) (?:so |very |really )?(?:glad|sorry|happy|sure|fine|doing well|well|here|excited for you)\b|\bI (?:see|understand|think|bet|agree|hope|guess|know)\b|\bI know what you mean\b|\b(?:tell|ask|with) me\b|\bme too\b/gi;
const OWN_LIFE =
  /\bjust (?:got|had|finished|\w+ing)\b|\b(?:I|I'm|I've|I'd|I'll|my|mine|me|we|we're|our|us)\b/i;

/** Whether an answer claims a life of its own. */
export const claimsLife = (answer: string): boolean => OWN_LIFE.test(answer.replace(ALLOWED, ""));

/** The beginning of a dialogue in which the second speaker only listens, asks and cheers. */
export function smallTalk({ messages }: Readonly<Record<string, unknown>>): readonly Turn[] | undefined {
  if (!Array.isArray(messages)) return undefined;
  const turns: Turn[] = [];
  for (let i = 0; i + 1 < messages.length; i += 2) {
    const [said, answer] = [messages[i], messages[i + 1]].map((one) => textOf((one as Turn)?.content));
    if (said === undefined || answer === undefined || claimsLife(answer)) break;
    if (/\[|\]|\byour name\b|\b(?:facebook|twitter)\b/i.test(said + answer)) break;
    turns.push({ role: "user", content: whole(said) }, { role: "assistant", content: whole(answer) });
  }
  return turns.length >= 4 ? turns : undefined;
}

/** Without doubled marks such as "Hi!." */
const whole = (text: string): string => text.replace(/([!?.])\.$/, "$1").replace(/^[.,]\s*/, "");

/** Foreign words, figures, formulas and units are no task for a small model. */
const TOO_HARD =
  /[\d%$=]|\b(?:translate|translation|spanish|french|german|italian|formula|chemical|element|symbol|planet|capital|celsius|calculate|convert|javascript|python|sql|code|html)\b/i;

/** A task with a short answer. */
export function plainAnswer(record: Readonly<Record<string, unknown>>): readonly Turn[] | undefined {
  const task = textOf(record.instruction);
  const input = textOf(record.input);
  const answer = textOf(record.output);
  if (task === undefined || answer === undefined) return undefined;
  const said = input === undefined ? task : `${task} ${input}`;
  if (TOO_HARD.test(`${said} ${answer}`)) return undefined;
  return [
    { role: "user", content: said },
    { role: "assistant", content: answer },
  ];
}

/** A whole sentence: with a capital and a full stop. */
export function asSentence(answer: string): string {
  const text = capitalised(answer);
  return /[.!?"]$/.test(text) ? text : `${text}.`;
}

/** A passage, a question that it answers in its own words, and the answer. */
export function storyQuestion(record: Readonly<Record<string, unknown>>): readonly Turn[] | undefined {
  const section = textOf(record.section);
  const question = textOf(record.question);
  const answer = textOf(record.answer);
  if (record.explicit !== true || section === undefined || question === undefined || answer === undefined)
    return undefined;
  const known = new Set(wordsIn(section));
  const content = wordsIn(answer).filter((word) => word.length > 3);
  if (content.length === 0 || !content.every((word) => known.has(word))) return undefined;
  return [
    { role: "user", content: `${section}\n\n${asQuestion(question)}` },
    { role: "assistant", content: asSentence(answer) },
  ];
}

function asQuestion(question: string): string {
  const text = capitalised(question);
  return text.endsWith("?") ? text : `${text.replace(/\s*[.?]*$/, "")}?`;
}
