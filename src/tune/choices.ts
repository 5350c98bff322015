/** Choices of a tuning run by name. The command line reads them at its start, so this file imports nothing. */

/** answers: all of the assistant's. last: its last one. all: every token, prompts too. */
export const LEARNT = ["answers", "last", "all"] as const;
export type Learnt = (typeof LEARNT)[number];

/** What happens to an example that is longer than a row: its end is cut off, or it is left out. */
export const LONG = ["cut", "drop"] as const;
export type Long = (typeof LONG)[number];

/** lora: weights stay in their type. qlora: float weights become Q4_0 in memory. full: all weights are trained, in f32. */
export const METHODS = ["lora", "qlora", "full"] as const;
export type Method = (typeof METHODS)[number];
