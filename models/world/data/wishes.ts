/** Wishes and how they come true oddly. {h} is who wishes. */
const ROWS = `
{h} could fly > {h} [float] up to the clouds and [not can] come down
everything was made of cake > {h} [not can] sit on a chair without sinking into cream
it was a holiday every day > all the shops [be/p] closed and nobody [have/s] time to bake bread
{h} never had to sleep > the nights [be/p] long and dark and nobody [want/s] to play
{h} was as tall as a tree > {h} [not fit] into the house any more
{h} was very small > every drop of rain [be/s] as big as a bathtub
it would never rain again > the flowers [hang/p] their heads and the stream [be/s] dry
everything {h} touched was gold > the bread [be/s] hard and cold and no one [can] eat it
everyone did what {h} said > nobody [laugh/s] or [have/s] an idea any more
{h} could talk to animals > all the animals [talk/p] at once, day and night
{h} was invisible > everyone [bump/s] into {h.o} and nobody [say/s] hello
there was snow in summer > the ducks [slip/p] on the pond and the cherries [freeze/p]
{h} was the fastest of all > the world [be/s] only a blur and nobody [can] keep up
{h} had a mountain of candy > {h.s} tummy [hurt/s] and the ants [come/p] in long rows
time stood still > the birds [hang/p] in the air and {h.s} friends [stand/p] like stones
{h} always won > no one [want/s] to play any more
there was no night > {h} [not can] see the stars and everybody [be/s] tired
{h} had a hundred friends > {h} [not can] remember a single name
it was quiet everywhere > no bird [sing/s] and no one [can] say good night
{h} was grown up > there [be/s] work to do from morning to night
every door opened by itself > the wind [blow/s] through the house all day
{h.s} toys came to life > they all [want/p] to be carried and fed
{h} had wings > {h} [not can] wear a coat and [be] cold
the sea was lemonade > the fish [hiccup/p] and the waves [be/p] sticky
`;

/** A wish and its odd result, both clauses. */
export interface OddWish {
  readonly wish: string;
  readonly result: string;
}

/** All wishes. */
export const WISHES: readonly OddWish[] = ROWS.trim()
  .split("\n")
  .map((row) => {
    const [wish, result] = row.split(" > ");
    return { wish, result };
  });
