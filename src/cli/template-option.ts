/** `--template`: a built-in chat template by name, or a file. */
import { RequestError } from "../base/errors.ts";
import { TEMPLATE_NAMES } from "../generation/index.ts";
import { platform } from "../platform/node.ts";
import { readTextFile } from "./text-file.ts";

const MAX_BYTES = 1 << 20;

/** The name, or the file's text. @throws RequestError for neither. */
export function readTemplate(template: string): string {
  if ((TEMPLATE_NAMES as readonly string[]).includes(template)) return template;
  if (platform.status(template)?.kind === "file") return readTextFile(template, MAX_BYTES);
  throw new RequestError({
    doing: "use --template",
    expected: `one of ${TEMPLATE_NAMES.join(", ")}, or a Jinja file`,
    found: JSON.stringify(template.slice(0, 60)),
  });
}
