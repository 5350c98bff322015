/**
 * Tiny tales of two or three sentences, each with facts that can be asked for. Their values come from long lists, and half
 * of the names are invented: the answer can only be found in the text.
 */
import type { Random } from "../../../src/base/index.ts";
import { chance, pick, pickSome, shuffled } from "../grammar/choose.ts";
import type { Exchange } from "./conversation.ts";
import { type ListName, oneOf } from "./lists.ts";
import { fillSlots, type Values } from "./slots.ts";

/* A sentence, then questions and answers. {a} is the hero of the whole tale; other slots are the sentence's own. */
const FACTS = `
{a} made {an c t}. | What colour was the {t}? > It was {c}. | Who made the {t}? > {a} made it. | What did {a} make? > {a} made {an c t}.
{a} found {an t} {p}. | Where was the {t}? > It was {p}. | Who found the {t}? > {a} found it. | What did {a} find? > {An t}.
{a} built a little house from {an t}. | What was the house made of? > It was made from {an t}. | Who built the house? > {a} built it.
{a} hid the {t} in {an h}. | Where did {a} hide the {t}? > In {an h}. | What did {a} hide? > {a} hid the {t}. | Who hid the {t}? > {a} did.
On {d}, {a} went to the {l}. | On which day did {a} go out? > On {d}. | Where did {a} go on {d}? > {a} went to the {l}.
{a} and {b} {w}. | How did they get home? > They {w}. | Who was with {a}? > {b} was with {a}.
{a} baked {an f} for the {j}. | What did {a} bake? > {a} baked {an f}. | Who got the {f}? > The {j} got it. | Who baked the {f}? > {a} baked it.
{An k} stole the {t} and ran away. | Who stole the {t}? > {An k} stole it. | What did the {k} steal? > It stole the {t}. | Which animal ran away? > The {k} ran away.
{An k} named {b} slept in {an h}. | What was the name of the {k}? > Its name was {b}. | Where did the {k} sleep? > It slept in {an h}. | What kind of animal was {b}? > {b} was {an k}.
{a} has {n} {+k} and {an t}. | How many {+k} does {a} have? > {a} has {n} {+k}. | What else does {a} have? > {a} has {an t}.
The {t} broke because {an k} sat on it. | Why did the {t} break? > Because {an k} sat on it. | What broke? > The {t} broke.
The {k} lost {an c t}, and {an o} dug it out. | What did the {k} lose? > It lost {an c t}. | Which animal dug it out? > The {o} did. | What colour was the {t}? > It was {c}.
{a} cut the rope with {an t}. | What did {a} use to cut the rope? > {a} used {an t}. | What did {a} cut? > {a} cut the rope.
{a} ate half of the {f} and gave the rest to {b}. | How much of the {f} did {a} eat? > {a} ate half of it. | Who got the rest of the {f}? > {b} got the rest.
It rained on {d}, so {a} stayed at home and drew {an k}. | On which day did it rain? > It rained on {d}. | What did {a} draw? > {a} drew {an k}. | Why did {a} stay at home? > Because it rained.
The wind blew the {t} into {an e} tree. | In what kind of tree was the {t}? > It was in {an e} tree. | What did the wind blow away? > It blew the {t} away.
The {j} laughed and gave the {t} back to {a}. | Who laughed? > The {j} laughed. | Who got the {t} back? > {a} got it back. | What did the {j} give back? > The {j} gave back the {t}.
{b}, the {r} of {a}, came with {an t}. | Who is {a}'s {r}? > {b} is {a}'s {r}. | What did {b} bring? > {b} brought {an t}. | What is the name of {a}'s {r}? > The name is {b}.
The {r} of {a} is {an j}. | What is {a}'s {r}? > {An j}. | Who is {an j}? > The {r} of {a} is {an j}.
The old {t} was made of {m}. | What was the {t} made of? > It was made of {m}. | Was the {t} old or new? > It was old.
{a} lives in a village called {v}. | Where does {a} live? > {a} lives in {v}. | What is the village called? > It is called {v}.
{a} bought {n} {+t} from {b}. | How many {+t} did {a} buy? > {a} bought {n}. | From whom did {a} buy them? > From {b}. | What did {a} buy? > {a} bought {n} {+t}.
{An k} blocked the road, and nobody could pass. | What blocked the road? > {An k} blocked it. | Why could nobody pass? > Because {an k} blocked the road.
{a} was sad because the {t} was gone. | Why was {a} sad? > Because the {t} was gone. | How did {a} feel? > {a} was sad.
{a} was happy because {b} brought {an f}. | Why was {a} happy? > Because {b} brought {an f}. | What did {b} bring? > {b} brought {an f}.
Then {b} {w}. | How did {b} get home? > {b} {w}. | Who went home? > {b} did.
The {c} {t} fell into {an h}, and {b} took it out. | Where did the {t} fall? > It fell into {an h}. | Who took it out? > {b} took it out. | What fell into the {h}? > {An c t} fell into it.
{a} called the {k} with {an t}. | Which animal did {a} call? > {a} called the {k}. | With what did {a} call it? > With {an t}.
At night {a} heard {an k} {p}. | What did {a} hear? > {a} heard {an k}. | When did {a} hear it? > At night. | Where was the {k}? > It was {p}.
`;

interface Fact {
  readonly says: string;
  readonly asks: readonly (readonly [question: string, answer: string])[];
}

const ROWS: readonly Fact[] = FACTS.trim()
  .split("\n")
  .map((row) => {
    const [says, ...asks] = row.split(" | ");
    return { says, asks: asks.map((ask) => ask.split(" > ") as [string, string]) };
  });

/** The list of each slot; others are names. */
const SLOTS: Readonly<Record<string, ListName>> = {
  ...{ t: "things", c: "colours", p: "spots", h: "hidden", d: "days", l: "places", w: "ways", f: "foods" },
  ...{ j: "work", k: "animals", o: "animals", n: "numbers", e: "trees", r: "people", m: "materials" },
  v: "villages",
};

/** A value that the tale does not have yet. */
function fresh(random: Random, key: string, used: Set<string>): string {
  for (;;) {
    const value = oneOf(random, SLOTS[key] ?? "names");
    if (used.has(value)) continue;
    used.add(value);
    return value;
  }
}

function valuesOf(random: Random, { says, asks }: Fact, hero: string, used: Set<string>): Values {
  const text = [says, ...asks.flat()].join(" ");
  const keys = new Set(
    [...text.matchAll(/\{([^}]+)\}/g)].flatMap(([, slot]) => slot.replace("+", "").split(" ")),
  );
  return Object.fromEntries(
    [...keys]
      .filter((key) => !/^an$/i.test(key))
      .map((key) => [key, key === "a" ? hero : fresh(random, key, used)]),
  );
}

const LAYOUTS = ["{s}\n\n{q}", "{s}\n\n{q}", "{s} {q}", "{q}\n\n{s}", "Here is a story: {s}\n\n{q}"];

/** Facts whose questions cannot be mixed up: no question text occurs twice. */
function factsOf(random: Random, count: number): Fact[] {
  const chosen: Fact[] = [];
  const asked = new Set<string>();
  for (const fact of shuffled(random, ROWS)) {
    if (chosen.length === count) break;
    const questions = fact.asks.map(([question]) => question.replaceAll(/\{[^}]+\}/g, ""));
    if (questions.some((question) => asked.has(question))) continue;
    for (const question of questions) asked.add(question);
    chosen.push(fact);
  }
  return chosen;
}

/** A tiny tale that the user tells, with one to three questions about it. */
export function tale(random: Random): readonly Exchange[] {
  const hero = oneOf(random, chance(random, 0.5) ? "names" : "newNames");
  const used = new Set([hero]);
  const told = factsOf(random, 2 + random.below(2)).map((fact) => {
    const values = valuesOf(random, fact, hero, used);
    const asks = fact.asks.map((ask): Exchange => [fillSlots(ask[0], values), fillSlots(ask[1], values)]);
    return { says: fillSlots(fact.says, values), asks };
  });
  const story = told.map(({ says }) => says).join(" ");
  const asked = pickSome(
    random,
    told.flatMap(({ asks }) => asks),
    1 + random.below(3),
  );
  return asked.map(([question, answer], i) => {
    const layout = i === 0 ? pick(random, LAYOUTS) : "{q}";
    return [layout.replace("{s}", () => story).replace("{q}", () => question), answer];
  });
}
