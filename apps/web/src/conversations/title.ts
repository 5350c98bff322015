/** The name of a conversation that nobody has named. */

const LONGEST = 60;

/** The beginning of its first question. */
export function titleOf(text: string): string {
  const line = text.trim().split("\n", 1)[0].replace(/\s+/g, " ").trim();
  if (line === "") return "New chat";
  if (line.length <= LONGEST) return line;
  const cut = line.slice(0, LONGEST);
  const space = cut.lastIndexOf(" ");
  return `${cut.slice(0, space > LONGEST / 2 ? space : LONGEST)}…`;
}
