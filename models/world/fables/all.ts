/** All fables. Their order decides what a seed gives. */

import { birthday } from "./birthday.ts";
import { afraid, hiding, nightFriend } from "./courage.ts";
import type { Fable } from "./fable.ts";
import { lostYoung } from "./families.ts";
import { secretGarden } from "./garden.ts";
import { late, lonely, rain, sick, winter } from "./helping.ts";
import { greedy, lie, mystery, owner } from "./honesty.ts";
import { indoors } from "./indoors.ts";
import { wishOfThing } from "./keepers.ts";
import { newHome, tinyDoor, twoMeet, visitor } from "./meeting.ts";
import { broken, lost, notWork, stuck } from "./mending.ts";
import { cannot, egg, race, seed } from "./patience.ts";
import { royalWish } from "./royal.ts";
import { firstDay } from "./school.ts";
import { skyQuestion } from "./sky.ts";
import { snowFigure } from "./snow.ts";
import { bag, building, present, quarrel, starFall } from "./together.ts";
import { abilityGone } from "./wanting.ts";

export const FABLES: readonly Fable[] = [
  afraid,
  lie,
  lost,
  broken,
  notWork,
  stuck,
  cannot,
  visitor,
  twoMeet,
  newHome,
  nightFriend,
  tinyDoor,
  mystery,
  rain,
  egg,
  owner,
  race,
  building,
  bag,
  seed,
  late,
  present,
  quarrel,
  sick,
  lonely,
  winter,
  greedy,
  hiding,
  starFall,
  abilityGone,
  skyQuestion,
  wishOfThing,
  birthday,
  firstDay,
  secretGarden,
  indoors,
  royalWish,
  lostYoung,
  snowFigure,
];
