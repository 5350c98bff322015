/** All events of the little world. */
import { ADVENTURES } from "./adventures.ts";
import { ASIDES } from "./asides.ts";
import { DEEDS } from "./deeds.ts";
import { ENDINGS } from "./endings.ts";
import type { EventKind } from "./event.ts";
import { FEELING_EVENTS } from "./feelings.ts";
import { GIVING } from "./giving.ts";
import { MOVES } from "./moves.ts";
import { OPENINGS } from "./openings.ts";
import { SCENES } from "./scenes.ts";
import { TALK } from "./talk.ts";
import { THINGS_EVENTS } from "./things.ts";
import { TROUBLE } from "./trouble.ts";
import { WONDERS } from "./wonders.ts";

const TABLE = {
  ...OPENINGS,
  ...SCENES,
  ...ASIDES,
  ...ADVENTURES,
  ...MOVES,
  ...THINGS_EVENTS,
  ...GIVING,
  ...FEELING_EVENTS,
  ...TALK,
  ...TROUBLE,
  ...DEEDS,
  ...WONDERS,
  ...ENDINGS,
};

/** The name of an event. */
export type EventName = keyof typeof TABLE;
/** Every event by name. */
export const EVENTS: Readonly<Record<EventName, EventKind>> = TABLE;
export type { EventKind } from "./event.ts";
