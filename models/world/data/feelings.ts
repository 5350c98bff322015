/** Feelings, how they show, and how people speak in them. */

/** A feeling. */
export interface Feeling {
  readonly word: string;
  readonly good: boolean;
  /** Patterns of one sentence that shows it; {h} is who feels it. */
  readonly signs: readonly string[];
  /** Goes after "said Tom". */
  readonly adverbs: readonly string[];
  /** What tends to bring it about. */
  readonly cause: string;
}

/* word; + or -; signs separated by /; adverbs; cause in the second person */
const ROWS = `
happy; +; {h.s} face [light/s] up / {h} [smile] from ear to ear / {h} [hum] a little tune / {h} [not can] stop smiling; happily, with a smile; something good happens
sad; -; {h} [hang] {h.s} head / a tear [roll/s] down {h.s} cheek / {h} [feel] a lump in {h.s} throat / {h} [sit] down and [say] nothing; sadly, in a small voice, quietly; something good is gone
angry; -; {h} [stamp] on the ground / {h.s} face [turn/s] red / {h} [shout] at the sky / {h} [turn] away; angrily, in a cross voice; someone is unfair
scared; -; {h.s} legs [shake/p] / {h.s} heart [beat/s] fast / {h} [want] to hide / {h} [can] hardly breathe; in a shaky voice, very softly; there is danger
proud; +; {h} [stand] very tall / {h} [hold] {h.s} head high / {h} [grin] and [grin]; proudly, with a big grin; something hard is done at last
excited; +; {h} [jump] up and down / {h} [not can] stand still / {h.s} eyes [shine/p]; excitedly, quickly; something fun is about to happen
lonely; -; {h} [look] around and [see] nobody / {h} [wish] for company / the day [seem/s] very long; quietly, with a sigh; nobody is near
worried; -; {h} [bite] {h.s} lip / {h} [walk] up and down / {h} [think] about it again and again; in a worried voice, slowly; something may go wrong
jealous; -; {h} [look] away / {h} [not can] enjoy anything / {h} [frown]; crossly, with a frown; someone else has what you want
surprised; +; {h.s} eyes [grow/p] wide / {h.s} mouth [fall/s] open / {h} [blink] twice; in surprise, with wide eyes; something happens that nobody expected
ashamed; -; {h} [look] down at {h.s} feet / {h.s} cheeks [grow/p] hot / {h} [not can] look at anyone; very quietly, with a red face; you did something wrong
calm; +; {h} [take] a deep breath / {h.s} shoulders [drop/p] / everything [feel/s] quiet again; calmly, gently; all is well
grateful; +; {h.s} heart [feel/s] warm / {h} [want] to give something back / {h} [smile] a grateful smile; warmly, gratefully; someone helps you
curious; +; {h} [tilt] {h.s} head / {h} [come] closer to look / {h} [want] to know more; curiously, with bright eyes; there is something new
tired; -; {h} [yawn] / {h.s} eyes [be/p] heavy / {h} [want] to lie down; with a yawn, sleepily; you work for a long time
bored; -; {h} [sigh] and [stare] at nothing / {h} [kick] a small stone / nothing [seem/s] fun; with a sigh, flatly; there is nothing to do
brave; +; {h} [lift] {h.s} chin / {h} [take] one step, and then another / {h} [clench] {h.s} teeth and [go] on; bravely, in a firm voice; you do what scares you
shy; -; {h} [hide] {h.s} face / {h} [look] at the ground / {h} [whisper] instead of talking; shyly, in a whisper; there are strangers
hungry; -; {h.s} tummy [rumble/s] / {h} [can] only think of food / {h} [lick] {h.s} lips; hungrily; you have not eaten
relieved; +; {h} [let] out a long breath / {h} [laugh] with relief / a weight [fall/s] from {h.s} heart; with relief, softly; a danger has passed
`;

/** By word. */
export const FEELINGS: ReadonlyMap<string, Feeling> = new Map(
  ROWS.trim()
    .split("\n")
    .map((row) => {
      const [word, mark, signs, adverbs, cause] = row.split(";").map((field) => field.trim());
      return [
        word,
        { word, good: mark === "+", signs: signs.split(" / "), adverbs: adverbs.split(", "), cause },
      ];
    }),
);
