/** Choices by a seeded generator. */
import type { Random } from "../../../src/base/index.ts";

/** One of several. */
export const pick = <T>(random: Random, items: readonly T[]): T => items[random.below(items.length)];

/** True with this probability. */
export const chance = (random: Random, probability: number): boolean => random.uniform() < probability;

/** The items in a random order. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

/** Several different ones of a list. */
export function pickSome<T>(random: Random, items: readonly T[], count: number): T[] {
  const indices = new Set<number>();
  while (indices.size < Math.min(count, items.length)) indices.add(random.below(items.length));
  return [...indices].map((i) => items[i]);
}

/** One of several, each as often as its weight says. */
export function pickWeighted<T>(random: Random, choices: readonly (readonly [item: T, weight: number])[]): T {
  let rest = random.uniform() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [item, weight] of choices) {
    rest -= weight;
    if (rest < 0) return item;
  }
  return choices[0][0];
}
