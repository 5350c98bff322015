/** Descriptions in the present tense: of places, people, things and animals. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS } from "../data/animals.ts";
import { FEELINGS } from "../data/feelings.ts";
import { HOBBIES } from "../data/words.ts";
import { pick, pickSome, shuffled } from "../grammar/choose.ts";
import { capitalised, withArticle } from "../grammar/nouns.ts";
import { Teller } from "../grammar/teller.ts";
import type { Roles } from "../state/entities.ts";
import { commonFillers } from "../state/fillers.ts";
import { clause, Story } from "../state/story.ts";

/** Each list gives one sentence or two. The first and the last stay in place, those between are shuffled. */
const PLACE: readonly (readonly string[])[] = [
  [
    "This is the {p}. You can see {sight} and {sight2} here.",
    "Here is {the p}, with {sight} and {sight2}.",
    "Look at {the p}! It has {sight} and {sight2}.",
    "What can you see {in p}? There you find {sight} and also {sight2}.",
  ],
  [
    "Today {sky}.",
    "{sky}, and a new day [begin/s] {in p}.",
    "{sky}. That [be/s] how the day [look/s] near {mark}.",
  ],
  [
    "{a h} [sit] {spot} with {a t}. {h} [want] to {x}.",
    "{spot} [stand/s] {a h}, who [hold/s] {a t}.",
    "Near {mark} you [meet/p] {a h}. {h} [have] {a t} and [show] it to everyone.",
    "{a h} [walk] by with {a t}. It [be/s] made of {t.material}.",
  ],
  [
    "{a f} [be] here too and [feel] {w} today. {sign}.",
    "Not far from there, {a f} [rest]. {f} [love] to {x2}.",
    "{a f} [come] from the {home} every day, because {f} [like] {mark2}.",
    "Listen! That [be/s] {a f}, who [sing/s] about {dream}.",
  ],
  [
    "Next to {mark2} [lie/s] {a u}. Nobody [know/s] whose it [be/s].",
    "Somebody [have/s] left {a u} here. One can {u.use}.",
    "There [be/s] {a u}, and it [belong/s] to {f.n}.",
    "If you look {spot2}, you will find {a u} made of {u.material}.",
  ],
  [
    "From somewhere [come/s] the smell of {food}: {food.taste}.",
    "{f} [eat] {some food}. It [taste/s] {food.taste}.",
    "A table [stand/s] there with {some food} for {h.o}.",
  ],
  [
    "{in p} one [feel/s] {good2} and [forget/s] the time.",
    "When evening [come/s], {the p} [grow/s] quiet, and {h+f} [go] home.",
    "Would you like to be {in p} now, with {mark} in front of you?",
    "Tomorrow {h} [will] come back to {the p} with {the t}.",
  ],
];

const PERSON: readonly (readonly string[])[] = [
  [
    "{h.name} [be/s] {a h.kind}, and {h} [be] very {h.trait}.",
    "Let me tell you about {h.name}, {a h.trait} {h.kind}.",
    "Do you know {a h}?",
    "Near the {home} [live/s] {a h}.",
  ],
  [
    "{h} [love] to {x}, above all when {sky}.",
    "On most days {h} [like] to {x}. On Sundays {h} [want] to {x2}.",
    "If you ask {h.o}, {h} [will] tell you that it [be/s] best to {x}.",
  ],
  [
    "{h.s} dearest thing [be/s] {a t}. With a smile {h} [say]: one can {t.use}.",
    "{h} [own] {a t} and {a u}. {the u} [be/s] made of {u.material}.",
    "In {h.s} bag there [be/p] {a t} and {a u}.",
    "{h} once [find] {a t} near {mark}, and {h} [keep] it beside the bed.",
  ],
  [
    "{h.s} {f.relation} [be/s] called {f.name}. Together they [be/p] often {in p}.",
    "{h} [have] a {f.relation}, {f.name}, who [be/s] rather {f.trait}.",
    "When {h} [meet] {h.s} {f.relation} {f.name}, they [talk] about {dream}.",
  ],
  [
    "{h} [eat] {some food} every morning, because it [taste/s] {food.taste}.",
    "{h.s} favourite food [be/s] {food}. It [be/s] {food.taste}.",
    "Nobody [like/s] {food} more than {h}.",
  ],
  [
    "When {h} [be] {w}, {sign}.",
    "Sometimes {h} [feel] {w}. Then {f} [come] and [bring] {some food}.",
    "{h} [be] seldom {w}. But when it [happen/s], {h} [go] {to p} and [look] at {mark}.",
  ],
  [
    "At night {h} [dream] of {dream}.",
    "Everybody near the {home} [be/s] glad to know {h.o}.",
    "{h} [dream] of {dream} and of a house near the {home}.",
    "That [be/s] {h.name}, as {h} [live] and [laugh/s] near the {home}.",
  ],
];

function rolesFor(story: Story): Roles {
  const { random, cast } = story;
  const [p, f] = [cast.place(), story.friend()];
  const [x, x2] = pickSome(random, HOBBIES, 2);
  const feeling = pick(random, [...FEELINGS.values()]);
  const [spot, spot2] = pickSome(random, p.place.spots, 2);
  return {
    ...commonFillers(random, p),
    h: story.hero,
    f,
    p,
    home: story.home,
    t: cast.thing(),
    u: cast.thing(),
    food: cast.food(),
    x,
    x2,
    spot,
    spot2,
    w: feeling.word,
    good2: pick(random, ["calm", "happy", "free", "small", "light", "at home"]),
    sign: clause(pick(random, feeling.signs), { h: f }),
  };
}

function fromLists(random: Random, lists: readonly (readonly string[])[]): string {
  const story = new Story(random);
  const roles = rolesFor(story);
  const sign = lists === PERSON ? { sign: clause("{h} [not say] much", { h: story.hero }) } : {};
  const teller = new Teller(random, story.hero, { tense: "present" });
  const middle = shuffled(random, lists.slice(1, -1)).slice(0, 3 + random.below(3));
  for (const list of [lists[0], ...middle, lists.at(-1)!])
    teller.tell(pick(random, list), { ...roles, ...sign });
  return teller.text;
}

/** Two animals side by side. */
export function animalDescription(random: Random): string {
  const [a, b] = pickSome(random, ANIMALS, 2);
  const [one, other] = [withArticle(a.kind), withArticle(b.kind)];
  const voices = [a, b].map(({ kind, voice }) =>
    voice === ""
      ? `You hardly ever hear ${withArticle(kind)}`
      : `${capitalised(withArticle(kind))} can ${voice}`,
  );
  const lines = [
    `${capitalised(one)} lives ${a.home}, but ${other} lives ${b.home}.`,
    `${capitalised(one)} eats ${a.eats}. The food of ${other} is different: ${b.eats}.`,
    `${voices[0]}. ${voices[1]}.`,
    `You know ${one} by one thing: ${a.feature}. With ${other} it is another thing: ${b.feature}.`,
    `What can they do well? ${capitalised(one)} can ${a.skill}, and ${other} can ${b.skill}.`,
    a.size === b.size
      ? `Both ${one} and ${other} are ${a.size}.`
      : `${capitalised(one)} is ${a.size}, while ${other} is ${b.size}.`,
    `A young one of the first is called ${withArticle(a.young)}; of the second, ${withArticle(b.young)}.`,
    `To get somewhere, ${one} will ${a.moves}, and ${other} will ${b.moves}.`,
  ];
  const opening = pick(random, [
    `How do ${one} and ${other} differ?`,
    `Let us look at two animals, ${one} and ${other}.`,
    `${capitalised(one)} and ${other} are not the same.`,
    `Compare ${one} with ${other}.`,
  ]);
  return [opening, ...shuffled(random, lines).slice(0, 4 + random.below(4))].join(" ");
}

/** Of a place with those who are there, of someone, or of two animals. */
export function descriptionDocument(random: Random): string {
  const draw = random.uniform();
  if (draw < 0.45) return fromLists(random, PLACE);
  return draw < 0.88 ? fromLists(random, PERSON) : animalDescription(random);
}
