/** Tells the beats of a story in some voice. */
import type { Random } from "../../../src/base/index.ts";
import { FEELINGS } from "../data/feelings.ts";
import { EVENTS, type EventName } from "../events/index.ts";
import { chance, pick } from "../grammar/choose.ts";
import { Teller, type Voice } from "../grammar/teller.ts";
import { nodesOf, parsePattern } from "../grammar/template.ts";
import type { Character, Roles } from "../state/entities.ts";
import type { Beat, Story } from "../state/story.ts";

/** How a story is told. */
export interface Narration {
  readonly tense: Voice["tense"];
  /** Whether the hero tells it. */
  readonly firstPerson: boolean;
  /** Between 0 and 1: how much the telling prefers spoken words. */
  readonly talk: number;
  /** Events that are not told: a letter does not introduce its writer. */
  readonly skip?: ReadonlySet<EventName>;
}

const speaks = new Map<string, boolean>();

function hasSpeech(pattern: string): boolean {
  let known = speaks.get(pattern);
  if (known === undefined) {
    known = [...nodesOf(parsePattern(pattern))].some((node) => node.is === "speech");
    speaks.set(pattern, known);
  }
  return known;
}

/** Beginnings that ask for the past. */
const OF_OLD = /^\(?(?:Once|Long ago|Not long ago|There once)/;

/** Whether a pattern has the name of somebody who has none. */
function lacksName(pattern: string, roles: Roles): boolean {
  for (const node of nodesOf(parsePattern(pattern)))
    if (node.is === "role" && node.form === "name" && (roles[node.roles[0]] as Character).nameless)
      return true;
  return false;
}

/** A way to tell a beat, if possible one that this text has not used. */
function patternFor(
  random: Random,
  beat: Beat,
  narration: Narration,
  isHero: boolean,
  used: Set<string>,
): string {
  const { say, sayI } = EVENTS[beat.event!];
  const ofPerson = narration.firstPerson && isHero ? (sayI ?? say) : say;
  const inTense = narration.tense === "past" ? ofPerson : ofPerson.filter((one) => !OF_OLD.test(one));
  const all = inTense.filter((one) => !lacksName(one, beat.roles));
  const unused = all.filter((pattern) => !used.has(pattern));
  const ways = unused.length > 0 ? unused : all;
  const spoken = ways.filter(hasSpeech);
  const pattern = pick(random, spoken.length > 0 && chance(random, narration.talk) ? spoken : ways);
  used.add(pattern);
  return pattern;
}

/** The text of a story. The same state of `random` makes the same choices. */
export function narrate(story: Story, narration: Narration, random: Random = story.random): string {
  const { hero } = story;
  const used = new Set<string>();
  const moods = new Map<Character, readonly string[]>();
  const teller = new Teller(random, hero, {
    tense: narration.tense,
    ...(narration.firstPerson ? { narrator: hero } : {}),
    adverbsOf: (who) => moods.get(who) ?? [],
  });
  for (const beat of story.beats) {
    if (beat.event === undefined) {
      teller.paragraph();
      moods.clear();
    } else if (narration.skip?.has(beat.event) !== true) {
      if (typeof beat.roles.w === "string" && beat.event.startsWith("feels"))
        moods.set(beat.roles.h as Character, FEELINGS.get(beat.roles.w)!.adverbs);
      teller.tell(patternFor(random, beat, narration, beat.roles.h === hero, used), beat.roles);
    }
  }
  return teller.text;
}

/** A pattern on its own, with names in place of pronouns. */
export function sentence(
  story: Story,
  pattern: string,
  roles: Roles,
  tense: Voice["tense"] = "past",
): string {
  const teller = new Teller(story.random, story.hero, { tense, namesOnly: true });
  teller.tell(pattern, roles);
  return teller.text;
}
