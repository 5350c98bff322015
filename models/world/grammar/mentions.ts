/**
 * How characters are called. The first time they are introduced; later a name, "the fox", or a pronoun when nobody
 * else of this pronoun was mentioned in this sentence or the one before.
 */
import type { Random } from "../../../src/base/index.ts";
import type { Character } from "../state/entities.ts";
import { chance } from "./choose.ts";
import { listOf, possessiveOf, withArticle } from "./nouns.ts";
import { PRONOUNS, type Pronoun } from "./pronouns.ts";
import type { Agreement } from "./verbs.ts";

/** Subject, object, possessive, reflexive. */
export type Case = "subject" | "object" | "possessive" | "self";

/** Who tells: the person of the narrator and whether pronouns are used at all. */
export interface Naming {
  /** The character who says "I" in the narration, if one does. */
  readonly narrator?: Character;
  /** Names in place of pronouns, as questions need; only inside one sentence a name is not said twice. */
  readonly namesOnly?: boolean;
  /**
   * Nobody is introduced twice, and a name is replaced by "the fox" only if the text told that it is a fox's. Who would be
   * introduced again is called by name.
   */
  readonly introducesOnce?: true;
}

/** "baker", "fox". */
export const nounOf = ({ job, kind }: Character): string => job ?? kind;

/** "a curious fox named Rusty", or only "a curious fox". */
export function introduction(who: Character): string {
  if (who.titled) return who.name;
  if (who.traitless) return withArticle(nounOf(who));
  const phrase = withArticle(`${who.trait} ${nounOf(who)}`);
  return who.nameless ? phrase : `${phrase} named ${who.name}`;
}

/** Keeps who was mentioned lately and chooses the words for the next mention. */
export class Mentions {
  readonly #random: Random;
  readonly #hero: Character;
  readonly #naming: Naming;
  readonly #introduced = new Set<Character>();
  readonly #kindTold = new Set<Character>();
  #current: Character[] = [];
  #previous: Character[] = [];
  subject: readonly Character[] = [];
  agreement: Agreement = "one";

  constructor(random: Random, hero: Character, naming: Naming) {
    this.#random = random;
    this.#hero = hero;
    this.#naming = naming;
    if (naming.narrator !== undefined) this.#introduced.add(naming.narrator);
  }

  /** A sentence ended. */
  endSentence(): void {
    if (this.#current.length > 0) this.#previous = this.#current;
    this.#current = [];
    this.subject = [];
    this.agreement = "one";
  }

  /** A paragraph ended: pronouns do not reach over it. */
  endParagraph(): void {
    this.endSentence();
    this.#previous = [];
  }

  /** Someone was named by words that this class did not choose. */
  note(who: Character): void {
    this.#introduced.add(who);
    if (!this.#current.includes(who)) this.#current.push(who);
  }

  /** Whether someone may still be introduced. */
  isNew(who: Character): boolean {
    return this.#naming.introducesOnce === undefined || !this.#introduced.has(who);
  }

  /** "a curious fox named Rusty": whoever is called so was introduced with the kind. */
  introduce(who: Character): string {
    this.#kindTold.add(who);
    return introduction(who);
  }

  #isClear(who: Character): boolean {
    const recent = [...this.#current, ...this.#previous];
    return recent.includes(who) && this.#isSole(who, recent);
  }

  #isSole(who: Character, among: readonly Character[]): boolean {
    return among.every((other) => other === who || other.gender !== who.gender);
  }

  #pronounFor(who: Character, grammatical: Case): Pronoun | undefined {
    if (who === this.#naming.narrator) return PRONOUNS.I;
    const ofSubject = this.subject.length === 1 && this.subject[0] === who && grammatical !== "subject";
    if (ofSubject) return PRONOUNS[who.gender];
    if (!this.#introduced.has(who)) return undefined;
    if (this.#current.includes(who) && this.#isSole(who, this.#current)) return PRONOUNS[who.gender];
    if (this.#naming.namesOnly === true) return undefined;
    return this.#isClear(who) && chance(this.#random, 0.7) ? PRONOUNS[who.gender] : undefined;
  }

  #nameFor(who: Character): string {
    const known = this.#introduced.has(who) || who.known === true || this.#naming.namesOnly === true;
    if (known && who.nameless) return `the ${nounOf(who)}`;
    if (known) return who.age === "animal" && this.#useKind(who) ? `the ${who.kind}` : who.name;
    if (who.relation === undefined || !this.#introduced.has(this.#hero)) return this.introduce(who);
    const whose = this.#wordsFor(this.#hero, "possessive", false);
    return who.name.toLowerCase() === who.relation
      ? `${whose} ${who.relation}`
      : `${whose} ${who.relation} ${who.name}`;
  }

  /** Before 's: "a fox named Rusty's tail" would be clumsy. */
  #shortName(who: Character): string {
    return this.#introduced.has(who) || who.nameless ? this.#nameFor(who) : who.name;
  }

  #useKind(who: Character): boolean {
    if (this.#naming.introducesOnce !== undefined && !this.#kindTold.has(who)) return false;
    const sole = [...this.#introduced].every((other) => other === who || other.kind !== who.kind);
    return sole && this.#naming.namesOnly !== true && chance(this.#random, 0.2);
  }

  #wordsFor(who: Character, grammatical: Case, forceName: boolean): string {
    const isNarrator = who === this.#naming.narrator;
    const pronoun = forceName && !isNarrator ? undefined : this.#pronounFor(who, grammatical);
    if (pronoun !== undefined || grammatical === "self") {
      this.note(who);
      return (pronoun ?? PRONOUNS[who.gender])[grammatical];
    }
    const name =
      grammatical === "possessive" && who.relation === undefined ? this.#shortName(who) : this.#nameFor(who);
    this.note(who);
    return grammatical === "possessive" ? possessiveOf(name) : name;
  }

  /** The words for one or several characters, noting them as subject when they are one. */
  words(who: readonly Character[], grammatical: Case, forceName = false): string {
    const text =
      who.length === 1 ? this.#wordsFor(who[0], grammatical, forceName) : this.#groupWords(who, grammatical);
    if (grammatical === "subject") {
      this.subject = who;
      this.agreement = who.length > 1 ? "many" : who[0] === this.#naming.narrator ? "I" : "one";
    }
    return text;
  }

  #groupWords(who: readonly Character[], grammatical: Case): string {
    const withNarrator = this.#naming.narrator !== undefined && who.includes(this.#naming.narrator);
    const recent = new Set([...this.#current, ...this.#previous]);
    const isClear = who.every((one) => recent.has(one)) && (withNarrator || recent.size === who.length);
    const sameSubject = this.subject.length === who.length && who.every((one) => this.subject.includes(one));
    if (sameSubject || (isClear && this.#naming.namesOnly !== true && chance(this.#random, 0.65))) {
      for (const one of who) this.note(one);
      return PRONOUNS[withNarrator ? "we" : "they"][grammatical];
    }
    const others = who.filter((one) => one !== this.#naming.narrator);
    const nominal = grammatical === "possessive" ? "subject" : grammatical;
    const names = others.map((one) => this.#wordsFor(one, nominal, true));
    if (withNarrator && grammatical === "possessive") return PRONOUNS.we.possessive;
    if (withNarrator) names.push(grammatical === "subject" ? "I" : "me");
    const list = listOf(names);
    return grammatical === "possessive" ? possessiveOf(list) : list;
  }
}
