/** All plots. */
import { ADVENTURE_PLOTS } from "./adventures.ts";
import { BROKEN_THINGS } from "./broken-things.ts";
import { COURAGE } from "./courage.ts";
import { FRIENDSHIP } from "./friendship.ts";
import { KINDNESS } from "./kindness.ts";
import { LEARNING } from "./learning.ts";
import { LOST_THINGS } from "./lost-things.ts";
import type { Plot } from "./plot.ts";

/** Every plot, each as likely as the others. */
export const PLOTS: readonly Plot[] = [
  ...LOST_THINGS,
  ...BROKEN_THINGS,
  ...FRIENDSHIP,
  ...COURAGE,
  ...LEARNING,
  ...KINDNESS,
  ...ADVENTURE_PLOTS,
];
export type { Plot } from "./plot.ts";
