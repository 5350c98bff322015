/** Sources of guesses. */
export const SPECULATIONS = ["off", "lookup", "draft"] as const;
export type Speculation = (typeof SPECULATIONS)[number];
