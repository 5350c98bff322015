/** What stories teach, by theme; each is a clause after "learned that". */
export const MORALS = {
  sharing: [
    "sharing makes everything twice as good",
    "a thing is more fun when two can use it",
    "there is enough for everyone if we share",
    "a full hand is happy only when it opens",
    "food tastes better with a friend",
  ],
  honesty: [
    "the truth is better than a good excuse",
    "a lie grows heavier every day",
    "it takes courage to be honest",
    "people trust those who tell the truth",
    "a mistake is small, but a lie makes it big",
  ],
  courage: [
    "being brave means being scared and going on",
    "fear grows smaller when you look at it",
    "even small ones can be brave",
    "many scary things are harmless in the light",
    "a friend makes the dark less dark",
  ],
  patience: [
    "good things take time",
    "practice makes hard things easy",
    "those who try again get there in the end",
    "nobody is born knowing everything",
    "slow work can be the best work",
  ],
  help: [
    "help comes back to those who give it",
    "a small deed can change a whole day",
    "it is fine to ask for help",
    "kindness costs nothing",
    "two can do what one cannot",
  ],
  care: [
    "one should look after one's things",
    "it is wise to put things back in their place",
    "careful hands keep things whole",
    "what is broken can often be mended",
    "small things are easily lost",
  ],
  friends: [
    "friends are worth more than things",
    "a quarrel ends when someone says sorry",
    "new friends may be closer than you think",
    "one friend is better than a hundred toys",
    "everyone is different, and that is good",
  ],
  listening: [
    "it is good to listen to a warning",
    "those who know the way should be heard",
    "rules are there for a reason",
    "haste leads to trouble",
    "it is better to ask first",
  ],
  content: [
    "the world is fine as it is",
    "one should be careful what one wishes for",
    "what we have is often enough",
    "there is no place like home",
    "a simple day can be the best of all",
  ],
} as const satisfies Record<string, readonly string[]>;

/** A theme of morals. */
export type MoralTheme = keyof typeof MORALS;
