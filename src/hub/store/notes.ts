/** Cria's own small file: aliases, and which licences were accepted. */
import { platform } from "#platform";
import { FileError } from "../../base/errors.ts";
import type { HubSettings } from "../settings.ts";

export interface Notes {
  /** References by alias. */
  readonly aliases: Readonly<Record<string, string>>;
  /** By SHA-256 of the licence's text: when it was accepted (ISO 8601), and for which reference first. */
  readonly licences: Readonly<Record<string, { readonly at: string; readonly reference: string }>>;
}

const FILE = "models.json";
const MAX_BYTES = 16 << 20;
const EMPTY: Notes = { aliases: {}, licences: {} };

const pathOf = ({ ownFolder }: HubSettings): string => platform.join(ownFolder, FILE);

/** @throws FileError if the file is damaged. */
export async function readNotes(settings: HubSettings): Promise<Notes> {
  const text = await platform.disk.readText(pathOf(settings), MAX_BYTES);
  if (text === undefined) return EMPTY;
  try {
    return checked(JSON.parse(text));
  } catch (cause) {
    throw new FileError({
      doing: `read "${pathOf(settings)}"`,
      expected: "JSON with aliases and licences",
      found: "something else",
      fix: "repair the file or remove it; it holds only aliases and accepted licences",
      cause,
    });
  }
}

function checked({ aliases = {}, licences = {} }: Partial<Notes>): Notes {
  const isText = (value: unknown): value is string => typeof value === "string";
  const valid =
    Object.values(aliases).every(isText) &&
    Object.values(licences).every(({ at, reference }) => isText(at) && isText(reference));
  if (!valid) throw new Error("values of other types");
  return { aliases: own(aliases), licences: own(licences) };
}

/** Without inherited names: "__proto__" is an alias like any other. */
const own = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
  Object.assign(Object.create(null), values);

/** Reads, changes and writes, with no other process in between. */
export async function changeNotes(settings: HubSettings, change: (notes: Notes) => Notes): Promise<void> {
  const unlock = await platform.disk.lock(`${pathOf(settings)}.lock`);
  try {
    const text = `${JSON.stringify(change(await readNotes(settings)), null, 2)}\n`;
    await platform.disk.writeText(pathOf(settings), text, { isPrivate: true });
  } finally {
    await unlock();
  }
}
