/** Turns patterns and roles into sentences: one teller writes one text. */
import type { Random } from "../../../src/base/index.ts";
import type { Character, Filler, Roles } from "../state/entities.ts";
import { chance, pick } from "./choose.ts";
import { type Case, Mentions, type Naming, nounOf } from "./mentions.ts";
import { capitalised } from "./nouns.ts";
import { fullItem, withLead, wordPhrase } from "./phrases.ts";
import { PRONOUNS } from "./pronouns.ts";
import { attributed, type SpeechStyle } from "./speech.ts";
import { type Node, type Pattern, parsePattern } from "./template.ts";
import { conjugate, conjugateNot, type Tense } from "./verbs.ts";

/** The voice of a text. */
export interface Voice extends Naming {
  readonly tense: Tense;
  /** How words that are said are set: in the prose, or as the lines of a play. */
  readonly speech?: "prose" | "play";
  /** Adverbs that fit someone's mood, for "said Tom sadly". */
  readonly adverbsOf?: (who: Character) => readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  "": "subject",
  n: "subject",
  o: "object",
  s: "possessive",
  self: "self",
};

/** Who speaks to whom while spoken words are written. */
interface Spoken {
  readonly speaker: Character;
  readonly to: readonly Character[];
}

/** Pronouns that a pattern writes out, just before a verb. */
const LITERAL_SUBJECT = /\b(they|we|it|nobody|everyone|who|she|he)\s+$/i;
const ENDS = /[.!?]\s*$/;
/** The end of a pattern whose own quotation marks end it. */
const ENDS_QUOTED = /[.!?]"\s*$/;

/** Writes one text. */
export class Teller {
  readonly #random: Random;
  readonly #voice: Voice;
  readonly #mentions: Mentions;
  readonly #seen = new Set<Filler>();
  #out = "";
  #atStart = true;
  #spoken: Spoken | undefined;
  #lastSpeaker: Character | undefined;

  constructor(random: Random, hero: Character, voice: Voice) {
    this.#random = random;
    this.#voice = voice;
    this.#mentions = new Mentions(random, hero, voice);
  }

  /** The text so far, its spaces tidied. */
  get text(): string {
    return this.#out
      .replace(/ {2,}/g, " ")
      .replace(/ +([.,!?\n])/g, "$1")
      .replace(/\n /g, "\n")
      .trim();
  }

  /** Adds a sentence or several. */
  tell(pattern: string, roles: Roles): void {
    if (ENDS_QUOTED.test(this.#out)) this.#mentions.endSentence();
    this.#atStart ||= ENDS_QUOTED.test(this.#out);
    this.#space();
    this.#lastSpeaker = undefined;
    this.#write(parsePattern(pattern), roles);
  }

  /** Starts a new paragraph. */
  paragraph(): void {
    if (this.#out === "") return;
    this.#out = `${this.#out.trimEnd()}\n\n`;
    this.#mentions.endParagraph();
    this.#atStart = true;
  }

  #space(): void {
    if (this.#out !== "" && !/\s$/.test(this.#out)) this.#out += " ";
  }

  #emit(text: string): void {
    if (text === "") return;
    const blank = text.trim() === "";
    this.#out += this.#atStart && !blank ? text.replace(/\S/, (first) => first.toUpperCase()) : text;
    if (blank) return;
    this.#atStart = ENDS.test(text);
    const pronoun = LITERAL_SUBJECT.exec(text)?.[1];
    if (pronoun !== undefined) this.#mentions.agreement = /^(?:they|we)$/i.test(pronoun) ? "many" : "one";
    if (this.#spoken === undefined && /[.!?](?:\s|$)/.test(text)) this.#mentions.endSentence();
  }

  #write(pattern: Pattern, roles: Roles): void {
    for (const node of pattern) this.#writeNode(node, roles);
  }

  #writeNode(node: Node, roles: Roles): void {
    if (node.is === "text") this.#emit(node.text);
    else if (node.is === "role") this.#writeRole(node, roles);
    else if (node.is === "choice") this.#write(pick(this.#random, node.choices), roles);
    else if (node.is === "verb") this.#emit(this.#verb(node));
    else this.#writeSpeech(node, roles);
  }

  #verb({ verb, not, force }: Extract<Node, { is: "verb" }>): string {
    const agreement = force === "s" ? "one" : force === "p" ? "many" : this.#mentions.agreement;
    const tense = this.#spoken === undefined ? this.#voice.tense : "present";
    return not ? conjugateNot(verb, agreement, tense) : conjugate(verb, agreement, tense);
  }

  #writeRole({ lead, roles: names, form }: Extract<Node, { is: "role" }>, roles: Roles): void {
    const fillers = names.map((name) => {
      const filler = roles[name];
      if (filler === undefined) throw new Error(`no filler for {${name}}`);
      return filler;
    });
    const [first] = fillers;
    if (typeof first === "object" && first.is === "clause")
      this.#write(parsePattern(first.pattern), first.roles);
    else if (typeof first === "object" && first.is === "character")
      this.#emit(this.#characterWords(fillers as Character[], lead, form));
    else this.#emit(this.#thingWords(first, lead, form));
  }

  /** The first mention of a thing may say how it looks. */
  #thingWords(filler: Filler, lead: string, form: string): string {
    if (typeof filler === "string" || filler.is !== "item" || form !== "")
      return wordPhrase(lead, filler, form);
    const isNew = !this.#seen.has(filler);
    this.#seen.add(filler);
    const describes = chance(this.#random, this.#voice.namesOnly === true ? 0 : isNew ? 0.65 : 0.07);
    return withLead(lead, describes ? fullItem(filler) : filler.kind.noun);
  }

  #characterWords(who: readonly Character[], lead: string, form: string): string {
    const grammatical = CASES[form];
    if (grammatical === undefined) return withLead(lead, this.#attribute(who[0], form));
    if (this.#spoken !== undefined) return this.#wordsInSpeech(this.#spoken, who, grammatical, form === "n");
    const again = lead === "a" && !this.#mentions.isNew(who[0]);
    if (lead !== "a" || again) return this.#mentions.words(who, grammatical, again || form === "n");
    this.#mentions.note(who[0]);
    this.#mentions.subject = who;
    return this.#mentions.introduce(who[0]);
  }

  #attribute(who: Character, form: string): string {
    if (form === "kind") return who.job ?? who.kind;
    if (form === "trait") return who.trait;
    if (form === "relation") return who.relation ?? "friend";
    // "called" may stand for somebody without a name; patterns with "name" are not chosen for them.
    if (form === "name" || form === "called") {
      this.#mentions.note(who);
      return who.nameless ? `the ${nounOf(who)}` : who.name;
    }
    throw new Error(`a character has no form .${form}`);
  }

  #wordsInSpeech(
    { speaker, to }: Spoken,
    who: readonly Character[],
    grammatical: Case,
    name: boolean,
  ): string {
    const [first] = who;
    const pronoun = who.includes(speaker)
      ? who.length > 1
        ? "we"
        : "I"
      : who.every((one) => to.includes(one)) && !name
        ? "you"
        : undefined;
    if (pronoun !== undefined) {
      this.#mentions.agreement = pronoun === "we" ? "many" : pronoun;
      return PRONOUNS[pronoun][grammatical];
    }
    this.#mentions.agreement = who.length > 1 ? "many" : "one";
    if (grammatical === "self") return PRONOUNS[first.gender].self;
    const names = who.map((one) => one.name).join(" and ");
    return grammatical === "possessive" ? `${names}'s` : names;
  }

  #writeSpeech(node: Extract<Node, { is: "speech" }>, roles: Roles): void {
    const speaker = roles[node.speaker] as Character;
    const to = node.to === "" ? [] : node.to.split("+").map((name) => roles[name] as Character);
    const words = this.#spokenWords({ speaker, to }, node.words, roles);
    if (this.#voice.speech === "play") {
      this.#out = `${this.#out.trimEnd()}\n${speaker.name}: ${words}\n`;
      this.#atStart = true;
      return;
    }
    const style: SpeechStyle = {
      random: this.#random,
      tense: this.#voice.tense,
      isNarrator: speaker === this.#voice.narrator,
      isReply: this.#lastSpeaker !== undefined && this.#lastSpeaker !== speaker,
      adverbs: this.#voice.adverbsOf?.(speaker) ?? [],
      name: () => this.#mentions.words([speaker], "subject"),
    };
    this.#lastSpeaker = speaker;
    this.#mentions.endSentence();
    this.#out += capitalised(attributed(words, style));
    this.#mentions.endSentence();
    this.#atStart = true;
  }

  #spokenWords(spoken: Spoken, words: Pattern, roles: Roles): string {
    const [out, agreement] = [this.#out, this.#mentions.agreement];
    [this.#out, this.#atStart, this.#spoken] = ["", true, spoken];
    this.#mentions.agreement = "one";
    this.#write(words, roles);
    const said = this.text;
    [this.#out, this.#spoken] = [out, undefined];
    this.#mentions.agreement = agreement;
    return said;
  }
}
