/** The value of --template: a name stays, a file is read. */
import { TEMPLATE_NAMES } from "../generation/index.ts";
import { platform } from "../platform/node.ts";
import { readTextFile } from "./text-file.ts";

const MAX_BYTES = 1 << 20;

/** "auto" if none was given. */
export function chosenTemplateText(template = "auto"): string {
  if (template === "auto" || (TEMPLATE_NAMES as readonly string[]).includes(template)) return template;
  return platform.status(template)?.kind === "file" ? readTextFile(template, MAX_BYTES) : template;
}
