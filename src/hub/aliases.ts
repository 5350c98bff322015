/** Short names for references. */
import { RequestError } from "../base/errors.ts";
import { formatReference, parseReference } from "./reference.ts";
import { isSafeName } from "./safe-names.ts";
import type { HubSettings } from "./settings.ts";
import { changeNotes, readNotes } from "./store/notes.ts";

/**
 * Gives a reference, path or alias a short name.
 * @param absolute makes a path independent of the current folder.
 * @returns what the alias stands for.
 */
export async function setAlias(
  name: string,
  alias: string,
  settings: HubSettings,
  absolute: (path: string) => string = (path) => path,
): Promise<string> {
  if (!/^[\w.-]+$/.test(alias) || !isSafeName(alias)) {
    throw new RequestError({
      doing: "name a model",
      expected: "letters, digits, dots, dashes and underscores",
      found: JSON.stringify(alias.slice(0, 100)),
    });
  }
  const { aliases } = await readNotes(settings);
  const reference = parseReference(aliases[name] ?? name, settings.endpoint);
  const target = reference.kind === "path" ? absolute(reference.path) : formatReference(reference);
  await changeNotes(settings, (notes) => ({ ...notes, aliases: { ...notes.aliases, [alias]: target } }));
  return target;
}
