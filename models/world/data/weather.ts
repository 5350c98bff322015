/** Weathers and times of day. */

/** A weather. */
export interface Weather {
  readonly word: string;
  /** Patterns of a clause about it. */
  readonly says: readonly string[];
  /** What it makes people do, a base verb phrase. */
  readonly makes: string;
}

const ROWS = `
sunny; the sun [shine/s] / the sky [be/s] blue / the sun [be/s] warm on the grass / there [be/s] not a cloud in the sky; play outside
rainy; the rain [fall/s] / it [rain/s] and [rain/s] / drops [run/p] down the windows / the ground [be/s] wet and muddy; stay inside
windy; the wind [blow/s] / leaves [fly/p] through the air / the trees [bend/p] in the wind / the wind [whistle/s]; hold on to their hats
snowy; the snow [fall/s] / everything [be/s] white with snow / soft flakes [float/p] down / the snow [crunch/s] under every step; build a snowman
foggy; the fog [be/s] thick / nobody [can] see far / grey fog [hang/s] over everything / the world [look/s] grey and soft; walk slowly
cloudy; grey clouds [cover/p] the sky / clouds [hide/p] the sun / the sky [be/s] grey / big clouds [roll/p] by; take an umbrella
hot; the air [be/s] hot / the sun [burn/s] down / even the birds [rest/p] in the shade / the ground [be/s] warm; drink water
cold; the air [be/s] cold / frost [cover/s] the grass / everyone [wear/s] warm clothes / ice [shine/s] on the puddles; put on a coat
`;

/** All weathers. */
export const WEATHERS: readonly Weather[] = ROWS.trim()
  .split("\n")
  .map((row) => {
    const [word, says, makes] = row.split(";").map((field) => field.trim());
    return { word, says: says.split(" / "), makes };
  });

/** Times at which a story may begin. */
export const TIMES: readonly string[] = [
  "one day",
  "one morning",
  "one afternoon",
  "one evening",
  "early one morning",
  "after lunch",
  "on a Monday",
  "on a Saturday",
  "on the first day of spring",
  "in the middle of summer",
  "one autumn day",
  "on a winter morning",
  "on Sunday",
  "after breakfast",
  "at the end of a long day",
  "just before sunset",
  "on a holiday",
  "on a quiet afternoon",
  "late in the day",
];
