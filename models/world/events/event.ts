/** What an event is. */

/** Something that happens: what it needs and changes in the world, and ways to tell it. */
export interface EventKind {
  /** Facts that must hold before: "h has t". */
  readonly needs?: readonly string[];
  /** Facts that hold after. */
  readonly makes?: readonly string[];
  /** Patterns, one of which is told. */
  readonly say: readonly string[];
  /** Patterns for a narrator who is the hero, where those of `say` would not do. */
  readonly sayI?: readonly string[];
  /** One sentence for a short version of the story; events without it are left out there. */
  readonly brief?: string;
  /** Questions about it and their answers, as patterns. */
  readonly ask?: readonly (readonly [question: string, answer: string])[];
}
