/** What a plot is. */
import type { Story } from "../state/story.ts";

/** A skeleton of a story: it chooses who and what, and lets events happen in order. */
export interface Plot {
  readonly name: string;
  readonly tell: (story: Story) => void;
}
