/** Identities of conversations and messages. */

/** Unique on this machine; in the order of their making when sorted as text. */
export function newId(): string {
  const time = Date.now().toString(36).padStart(9, "0");
  const random = crypto.getRandomValues(new Uint32Array(2));
  return `${time}-${[...random].map((part) => part.toString(36)).join("")}`;
}

/** A seed that a person can read and type. */
export function newSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
