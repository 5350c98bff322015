/** All items by kind: 8 kinds of 25. */
import type { Item } from "../rules.ts";
import { ABOUT_STORIES } from "./about-stories.ts";
import { CORRECTIONS } from "./corrections.ts";
import { GREETINGS } from "./greetings.ts";
import { IDENTITY } from "./identity.ts";
import { ORDERS } from "./orders.ts";
import { RECALL } from "./recall.ts";
import { SMALL_TASKS } from "./small-tasks.ts";
import { UNKNOWN } from "./unknown.ts";

export const ITEMS: Readonly<Record<string, readonly Item[]>> = {
  greetings: GREETINGS,
  identity: IDENTITY,
  "about stories": ABOUT_STORIES,
  recall: RECALL,
  orders: ORDERS,
  corrections: CORRECTIONS,
  unknown: UNKNOWN,
  "small tasks": SMALL_TASKS,
};
