/**
 * A fable: a short story whose first sentence says what it is about, and which stays with it to the end. Each step is
 * told by one of its patterns (see grammar/template.ts); h is the hero.
 */

/** Who fills a role besides the hero. */
export type Part = "friend" | "sibling" | "elder" | "animal" | "worker" | "ruler" | "food" | "thing";

/** What happens next, in words of which one is told; an empty pattern tells nothing. */
export type Step = readonly string[];

export interface Fable {
  readonly name: string;
  /** Who the hero can be. */
  readonly hero: readonly ("child" | "animal" | "grown")[];
  readonly cast?: Readonly<Record<string, Part>>;
  /** Fillers that belong together: one row is used. */
  readonly rows?: readonly Readonly<Record<string, string>>[];
  /** Whether it may be said who the hero is after a first sentence that only has the name. */
  readonly who?: true;
  /** First sentences. */
  readonly opens: Step;
  /** What follows, by paragraph. */
  readonly paragraphs: readonly (readonly Step[])[];
}
