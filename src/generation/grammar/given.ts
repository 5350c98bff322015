/** Which structure a text must have. Apart from the grammars, since most texts have none. */
import { RequestError } from "../../base/errors.ts";
import type { StructureOptions } from "./structure.ts";

export type StructureName = keyof StructureOptions;

const NAMES = ["schema", "json", "regex", "grammar", "choices"] as const satisfies readonly StructureName[];
/** Does not compile if a name is missing. */
const all: StructureName extends (typeof NAMES)[number] ? true : false = true;
void all;

/** @throws RequestError for more than one of the options. Undefined without any. */
export function givenStructure(options: StructureOptions): StructureName | undefined {
  const given = NAMES.filter((name) => options[name] !== undefined && options[name] !== false);
  if (given.length <= 1) return given[0];
  throw new RequestError({
    doing: "generate",
    expected: `one of the options ${NAMES.join(", ")}`,
    found: given.join(" and "),
  });
}
