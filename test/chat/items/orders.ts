/** A story to order: it has the things that were asked for, a length, and an end. */
import type { Item } from "../rules.ts";

const item = (order: string, all: readonly string[]): Item => ({
  turns: [order],
  rule: { all, words: [30, 400], story: true },
  good:
    `Once there was ${all.join(" and ")} in a quiet valley. They met by the well one windy morning and looked at each ` +
    "other for a while. Then they shared a warm bun, told each other about their travels, and went home as friends.",
  bad: `${all.join(" and ")}.`,
});

export const ORDERS: readonly Item[] = [
  item("Write a story about a beaver and a bell.", ["beaver", "bell"]),
  item("Tell me a story about a shy owl.", ["owl"]),
  item("Please write a short story with a lantern in it.", ["lantern"]),
  item("I want a story about two goats.", ["goats"]),
  item("Tell a story about a girl named Mira.", ["mira"]),
  item("Write a story in which a boy loses his hat.", ["hat", "boy"]),
  item("Tell me a bedtime story about the moon.", ["moon"]),
  item("Make up a story about a mouse and a violin.", ["mouse", "violin"]),
  item("Write about a bear that cannot sleep.", ["bear"]),
  item("Tell a story about a bridge and a turtle.", ["bridge", "turtle"]),
  item("Write a story about a rainy day at school.", ["school"]),
  item("I would like a story about an honest fisherman.", ["fisherman"]),
  item("Tell me a story about a lost puppy.", ["puppy"]),
  item("Write a story with a wolf who is kind.", ["wolf"]),
  item("Tell a story about a snowman.", ["snowman"]),
  item("Make a story about a baker and a bird.", ["baker", "bird"]),
  item("Write a story about a boy called Emil and his grandmother.", ["emil", "grandmother"]),
  item("Tell me about a day of a little frog.", ["frog"]),
  item("Write a story about a broken cup.", ["cup"]),
  item("I want to hear a story about a brave duck.", ["duck"]),
  item("Tell a story with a garden and a secret.", ["garden", "secret"]),
  item("Write a story about a king who wants to fly.", ["king"]),
  item("Tell me a story about a pig and a ladder.", ["pig", "ladder"]),
  item("Write a story about a birthday.", ["birthday"]),
  item("Tell a story about a squirrel who shares.", ["squirrel"]),
];
