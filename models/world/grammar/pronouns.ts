/** Personal pronouns. */

/** The forms of one pronoun. */
export interface Pronoun {
  readonly subject: string;
  readonly object: string;
  readonly possessive: string;
  readonly self: string;
}

/** By the subject form. */
export const PRONOUNS = {
  I: { subject: "I", object: "me", possessive: "my", self: "myself" },
  you: { subject: "you", object: "you", possessive: "your", self: "yourself" },
  he: { subject: "he", object: "him", possessive: "his", self: "himself" },
  she: { subject: "she", object: "her", possessive: "her", self: "herself" },
  we: { subject: "we", object: "us", possessive: "our", self: "ourselves" },
  they: { subject: "they", object: "them", possessive: "their", self: "themselves" },
} as const satisfies Record<string, Pronoun>;

/** The pronouns that stand for one character. */
export type Gender = "he" | "she";
