/** The template of a data set: a built-in one by name, Jinja text, or the model's own. */
import { RequestError } from "../base/errors.ts";
import { compileTemplate, TEMPLATE_NAMES } from "../generation/chat/index.ts";

export interface ChosenTemplate {
  /** A built-in name or Jinja text, as the result stores it. */
  readonly template: string;
  /** For people. */
  readonly name: string;
}

/** Used where the model has no template of its own. */
const STANDARD = "alpaca";

/**
 * @param wanted "auto", a built-in name, or Jinja text.
 * @param own the template of the model.
 */
export function chooseTemplate(wanted: string, own: string | undefined): ChosenTemplate {
  if (wanted !== "auto") return { template: wanted, name: nameOf(wanted) };
  if (own !== undefined) return { template: own, name: `${nameOf(own)}, the model's own` };
  return { template: STANDARD, name: `${STANDARD}, because the model has none` };
}

function nameOf(template: string): string {
  try {
    return compileTemplate(template).name;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw new RequestError({
      doing: "choose a template",
      expected: `auto, ${TEMPLATE_NAMES.join(", ")}, or Jinja text`,
      found: JSON.stringify(template.slice(0, 60)),
    });
  }
}
