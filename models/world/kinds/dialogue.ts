/** Talks between two, set as a play. What they say follows from a small state: who has what, where it is. */
import type { Random } from "../../../src/base/index.ts";
import { CHORES, HOBBIES, SKILLS } from "../data/words.ts";
import { pick, pickSome, shuffled } from "../grammar/choose.ts";
import { Teller } from "../grammar/teller.ts";
import type { Roles } from "../state/entities.ts";
import { commonFillers } from "../state/fillers.ts";
import { Story } from "../state/story.ts";

const HELLO: readonly string[] = [
  "<h/f: Hello, {f.n}! How are you today?> <f/h: I feel {w}, thank you. And you?>",
  "<h/f: Good morning, {f.n}.> <f/h: Good morning! What are you doing here near {mark}?>",
  "<f/h: {h.n}! I was looking for you {in p}.> <h/f: Here I am. What is it?>",
  "<h/f: Is that you, {f.n}?> <f/h: Yes, it is me. Come closer, {h.n}.>",
  "<f/h: Hi, {h.n}. You look {w}.> <h/f: I am {w}. Sit down here with me.>",
  "<h/f: Where do you come from, {f.n}?> <f/h: I was {in p}. And you, {h.n}?>",
];

/** Each topic is a row of exchanges; every exchange has several forms. */
const TOPICS: readonly (readonly (readonly string[])[])[] = [
  [
    [
      "<h/f: I cannot find my {t}. Have you seen it?> <f/h: Is it the {t.full}? No, not today. Where did you have it last?>",
      "<h/f: My {t} is gone, the one made of {t.material}.> <f/h: Oh dear. Where did you have it last?>",
      "<h/f: Someone must have taken my {t.full}.> <f/h: Nobody takes your things, {h.n}. Where were you with it?>",
    ],
    [
      "<h/f: I was here {in p} with it.> <f/h: Did you look {spot}?>",
      "<h/f: I think I left it near {mark}.> <f/h: Then let us look {spot}.>",
      "<h/f: I put it down when I wanted to {x}.> <f/h: So it must be near. What is that {spot}?>",
    ],
    [
      "<h/f: You are right! Here is my {t}, {spot}.> <f/h: I knew it. I once found {junk} there.>",
      "<h/f: There is only {junk}. No, wait! There is my {t}!> <f/h: You see, {h.n}? You only had to look.>",
      "<h/f: It is my {t}! How did you know?> <f/h: Because I saw something {t.look} {spot}.>",
    ],
  ],
  [
    [
      "<f/h: May I borrow your {t}?> <h/f: What do you need it for?>",
      "<f/h: You have such {a t.full}! Can I have it for a while?> <h/f: Why do you want it?>",
    ],
    [
      "<f/h: I want to {t.use}.> <h/f: And when will I get it back?>",
      "<f/h: My {u} is broken, and I have nothing to play with.> <h/f: I see. And how long will you keep it?>",
      "<f/h: I want to show it to {giver}.> <h/f: All right. But will you bring it back?>",
    ],
    [
      "<f/h: You will have it back before {meal}, I promise.> <h/f: Good. Take it, but do not leave it {spot}.>",
      "<f/h: You will get it {day}.> <h/f: All right. And may I have your {u} for that time?>",
    ],
  ],
  [
    [
      "<h/f: What are you eating, {f.n}?> <f/h: It is {some food}. Do you want a bite?>",
      "<f/h: I have {some food} here. Would you like to try it?> <h/f: How does it taste?>",
      "<h/f: I am so hungry that I could eat {junk}.> <f/h: Here, I have {some food} for you.>",
    ],
    [
      "<h/f: Mmm, it is {food.taste}!> <f/h: I made it together with {giver}.>",
      "<h/f: Is it {food.taste}?> <f/h: Yes, it is. Half of it is for you, and {day} you can bring {some food2}.>",
    ],
  ],
  [
    [
      "<h/f: I want to learn to {skill}.> <f/h: Have you tried it?>",
      "<h/f: Everyone can {skill}, only I cannot.> <f/h: Did you really try?>",
    ],
    [
      "<h/f: Yes, three times, and it always ended {badly}.> <f/h: Then try it {in p}, where nobody is watching.>",
      "<h/f: Once. I fell over {junk}.> <f/h: Once is not enough. First look at {mark} and take a deep breath.>",
    ],
    [
      "<h/f: And then?> <f/h: And then you must believe that you can {skill}.>",
      "<h/f: Will you stay with me?> <f/h: Of course. I needed {days} to learn it.>",
      "<h/f: I will try it again {day}.> <f/h: I will bring {some food}, and we will try together.>",
    ],
  ],
  [
    [
      "<f/h: I have to {chore} today.> <h/f: All alone?>",
      "<h/f: Can you come out to play?> <f/h: No, I have to {chore} first.>",
    ],
    [
      "<h/f: I can help you. I will bring my {t}.> <f/h: How kind of you! Then we will be done before {meal}.>",
      "<h/f: If we do it together, it goes twice as fast.> <f/h: Thank you, {h.n}! Afterwards we can {x}.>",
    ],
  ],
  [
    [
      "<h/f: What do you like best in the world?> <f/h: I like to {x}. And you?>",
      "<h/f: What do you do when you are {w}?> <f/h: Then I {x}. What about you?>",
    ],
    [
      "<h/f: I like to {x2}, best of all {in p}.> <f/h: We could do that {day}!>",
      "<h/f: I always {x2}, or I look at {mark}.> <f/h: That sounds like fun. Will you show me?>",
    ],
  ],
  [
    [
      "<f/h: I am sorry about your {t}, {h.n}. I broke it.> <h/f: How did that happen?>",
      "<f/h: I must tell you something about your {t}. It is broken.> <h/f: Oh no! What did you do?>",
    ],
    [
      "<f/h: I fell over {junk} while I had it in my hands.> <h/f: Did you hurt yourself?>",
      "<f/h: I dropped it near {mark}. I am so ashamed.> <h/f: It is only a thing. Are you all right?>",
    ],
    [
      "<f/h: I am fine. And I can mend it with {tool}.> <h/f: Then let us do it together.>",
      "<f/h: Yes. I will mend it with {tool}.> <h/f: Thank you for telling me the truth, {f.n}.>",
    ],
  ],
  [
    [
      "<h/f: Did you hear that? It sounds like {sound}.> <f/h: I heard it too, from {mark}.>",
      "<h/f: I am scared. There is something {spot}.> <f/h: What is it? I hear {sound}.>",
    ],
    [
      "<h/f: Take my hand, and we will go and look.> <f/h: Wait, I will bring {a t}.>",
      "<h/f: I do not dare to look.> <f/h: I will look. It is only {junk} in the wind!>",
    ],
  ],
];

const GOODBYE: readonly string[] = [
  "<f/h: I have to go home now.> <h/f: Goodbye, {f.n}! See you {day}.>",
  "<h/f: Thank you for the talk.> <f/h: Dream of {dream}, {h.n}!>",
  "<h/f: Shall we meet {day}?> <f/h: Yes, {in p}, near {mark2}.>",
  "<f/h: Look, {sky}! Let us go.> <h/f: Yes, let us go.>",
];

function rolesFor(story: Story): Roles {
  const { random, cast } = story;
  const p = cast.place();
  story.world.put(story.hero, p);
  const [x, x2] = pickSome(random, HOBBIES, 2);
  return {
    ...commonFillers(random, p),
    h: story.hero,
    f: story.friend(),
    p,
    t: cast.thing("toy", "clothes", "tool"),
    u: cast.thing("toy", "clothes", "tool"),
    food: cast.food(),
    food2: cast.food(),
    x,
    x2,
    skill: pick(random, SKILLS),
    chore: pick(random, CHORES),
    sound: pick(random, [
      "a howl",
      "a scratching",
      "a deep hum",
      "a tapping",
      "a whisper",
      "a growl",
      "steps",
    ]),
    w: pick(random, [
      "happy",
      "tired",
      "sad",
      "excited",
      "worried",
      "hungry",
      "bored",
      "proud",
      "curious",
      "lonely",
    ]),
    meal: pick(random, ["lunch", "supper", "sunset", "dark", "breakfast tomorrow"]),
    day: pick(random, ["tomorrow", "on Sunday", "next week", "on Friday", "in the morning", "after school"]),
  };
}

/** One line for each turn: lines of one speaker that follow each other become one. */
function joinTurns(play: string): string {
  let last = "";
  let text = "";
  for (const line of play.split(/\n+/)) {
    const [speaker] = line.split(": ", 1);
    text += speaker === last ? ` ${line.slice(speaker.length + 2)}` : `\n${line}`;
    last = speaker;
  }
  return text.trim();
}

/** A talk about two things, or one. */
export function dialogueDocument(random: Random): string {
  const story = new Story(random);
  const roles = rolesFor(story);
  const teller = new Teller(random, story.hero, { tense: "present", speech: "play" });
  const topics = shuffled(random, TOPICS).slice(0, 1 + random.below(3));
  for (const forms of [[HELLO], ...topics, [GOODBYE]]) {
    for (const form of forms) teller.tell(pick(random, form), roles);
  }
  return joinTurns(teller.text);
}
