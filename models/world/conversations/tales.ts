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
Two {+g}, {a} and {b}, made {an t} from {m}. | What did they make? > They made {an t}. | What was the {t} made of? > It was made of {m}. | What is the name of {a}'s {g}? > The name is {b}. | Who is {b}'s {g}? > {a} is {b}'s {g}.
{a} and {b} made a raft from {an t}. It broke near the {l}, so they {w}. | What was the raft made of? > It was made of {an t}. | Where did the raft break? > It broke near the {l}. | How did they get home? > They {w}. | Who was with {b}? > {a} was with {b}.
It was icy on {d}. {a} made {an k} of clay, but {an o} sat on it, and it broke. | On which day was it icy? > On {d}. | What did {a} make? > {a} made {an k} of clay. | What broke the {k}? > {An o} sat on it. | Why did it break? > Because {an o} sat on it.
The wind took {a}'s {t}, and {b} saw it {p}. | Who saw the {t}? > {b} saw it. | Whose {t} was it? > It was {a}'s {t}. | What took the {t}? > The wind took it. | Where was the {t}? > It was {p}.
{a} had {an c t}. {An k} carried it over the {l}, and {q} got it out of {an e} tree. | What colour was the {t}? > It was {c}. | Who got it out of the tree? > {q} got it out. | What kind of tree was it? > It was {an e} tree. | Which animal carried it away? > {An k} carried it away. | Over what did the {k} carry it? > Over the {l}.
{An k} named {b} dropped {an t} into the {h} of the {j}. The {j} smiled and gave it back to {a}. | Where did the {t} fall? > It fell into the {h}. | Where did {b} drop it? > Into the {h} of the {j}. | Who smiled? > The {j} smiled. | Who got it back? > {a} got it back. | What was the {k}'s name? > Its name was {b}.
{q} baked {an e} cake. The {+k} ate half of it at noon and put the rest into {an h}. | Who baked it? > {q} baked it. | What kind of cake was it? > It was {an e} cake. | Where did they put the rest? > They put it into {an h}. | How much did they eat? > They ate half of it. | When did they eat? > At noon.
{q} cooked {y}, and {a} hid some of it in {an h} before the guests came. | Who cooked? > {q} cooked. | What did {q} cook? > {q} cooked {y}. | Where did {a} hide some of it? > In {an h}. | Who hid some of it? > {a} did.
The {k} lost its {t}. {An o} heard it beside the {l} and pulled it out with {an u}. | With what did the {o} pull it out? > With {an u}. | What did the {k} lose? > The {k} lost its {t}. | Where did the {o} hear it? > Beside the {l}. | Who lost the {t}? > The {k} lost it. | Who heard it? > {An o} heard it.
{a} forgot the {t} on the bus, but the {j} brought it back on {d}. | Where did {a} forget the {t}? > On the bus. | Who brought it back? > The {j} brought it back. | On which day did it come back? > On {d}. | What did {a} forget? > {a} forgot the {t}.
On {d}, {a} met {b} at the {l}, and they shared {an f}. | Whom did {a} meet? > {a} met {b}. | Where did they meet? > They met at the {l}. | What did they share? > They shared {an f}. | When did they meet? > They met on {d}.
{a} got {n} {+t} from {b} and lost one of them {p}. | How many {+t} did {a} get? > {a} got {n}. | Who gave them to {a}? > {b} gave them to {a}. | Where did {a} lose one? > {a} lost it {p}.
Because the {t} was broken, {a} took {an u}. | What did {a} take? > {a} took {an u}. | Why did {a} take {an u}? > Because the {t} was broken. | What was broken? > The {t} was broken.
First {a} went to the {l}, and then to the {i}. | Where did {a} go first? > {a} went to the {l}. | Where did {a} go after that? > {a} went to the {i}. | Who went to the {i}? > {a} did.
{a} is older than {b}, but {b} is taller. | Who is older? > {a} is older. | Who is taller? > {b} is taller. | Who is younger? > {b} is younger.
{a} wished for {an t}, but {b} only had {an u}. | What did {a} wish for? > {a} wished for {an t}. | What did {b} have? > {b} had {an u}. | Who had {an u}? > {b} did.
The {k} chased the {o} around the {l} until both were tired. | Which animal chased the {o}? > The {k} did. | Where did they run? > Around the {l}. | Whom did the {k} chase? > The {k} chased the {o}.
{a} painted the {t} {c} and put it into {an h}. | What colour is the {t} now? > It is {c}. | Where did {a} put it? > {a} put it into {an h}. | What did {a} paint? > {a} painted the {t}. | Who painted the {t}? > {a} painted it.
{a} lives with {b} in a house of {m} near the {l}. | What is the house made of? > It is made of {m}. | Where is the house? > It is near the {l}. | With whom does {a} live? > {a} lives with {b}. | Who lives with {b}? > {a} lives with {b}.
{q} works as {an j} and has {an k}. | What is {q}'s work? > {q} is {an j}. | Which animal does {q} have? > {q} has {an k}. | Who has {an k}? > {q} has one.
{a}'s {r} is {an j} and comes home on {d}. | When does {a}'s {r} come home? > On {d}. | What is {a}'s {r}? > {a}'s {r} is {an j}. | Who comes home on {d}? > {a}'s {r} does.
The key lay in {an h}, and the {t} stood {p}. | Where was the key? > It was in {an h}. | Where was the {t}? > It was {p}. | What stood {p}? > The {t} did.
{a} saw {an k} {p} and called {b}. | What did {a} see? > {a} saw {an k}. | Whom did {a} call? > {a} called {b}. | Where was the {k}? > It was {p}. | Who saw the {k}? > {a} saw it.
The rain spoiled the {t}, and {a} cried. | What spoiled the {t}? > The rain spoiled it. | Who cried? > {a} cried. | Why did {a} cry? > Because the rain spoiled the {t}.
The {k} slept in {an h} until {b} woke it with {an t}. | Where did the {k} sleep? > It slept in {an h}. | Who woke it? > {b} woke it. | With what did {b} wake it? > With {an t}.
The {j} of the village lost {n} {+t} at the {l} and found only one of them. | Who lost the {+t}? > The {j} did. | How many {+t} were lost? > There were {n}. | Where were they lost? > At the {l}. | How many did the {j} find? > Only one.
{b} is the name of {a}'s {k}. Every {d}, it gets {an f}. | What is the name of the {k}? > It is {b}. | What does the {k} get? > It gets {an f}. | When does it get {an f}? > Every {d}. | Whose {k} is it? > It is {a}'s {k}.
{a} and {b} looked for the {t}. {a} looked in {an h}, and {b} looked {p}. | Where did {a} look? > {a} looked in {an h}. | Where did {b} look? > {b} looked {p}. | What did they look for? > They looked for the {t}.
{q} told {a} about {an k} that could play the {z}. | Who told {a} about it? > {q} did. | What could the {k} play? > It could play the {z}. | Which animal could play? > {An k} could.
When the {t} fell into the {l}, {an k} dived and brought it to {a}. | What fell into the {l}? > The {t} did. | Who brought it back? > {An k} brought it back. | Who got the {t}? > {a} got it. | Where did the {t} fall? > Into the {l}.
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
  ...{ v: "villages", u: "things", i: "places", y: "dishes", g: "kin", q: "titled", z: "instruments" },
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
