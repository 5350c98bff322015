/** What one conversation asks of the model, apart from its messages. */
import { PARAMETERS, type Parameters } from "./parameters.ts";

/** A form that the answer must have. */
export interface AnswerForm {
  readonly kind: "json" | "schema" | "regex" | "grammar" | "choices";
  /** The schema, pattern, grammar, or choices, one per line. */
  readonly source: string;
}

export interface ChatSettings {
  /** Name of a model or adapter; undefined for the first. */
  readonly model?: string;
  readonly system: string;
  readonly parameters: Parameters;
  /** Undefined: a new one for each answer. */
  readonly seed?: number;
  readonly stop: readonly string[];
  readonly form?: AnswerForm;
  /** Functions that the model may call: a JSON array in OpenAI's form, or "". */
  readonly tools: string;
  /** Whether the answer must be a call of one of them. */
  readonly mustCall: boolean;
  /** Whether the probabilities of tokens are kept with answers. */
  readonly hasProbabilities: boolean;
}

export const DEFAULT_SETTINGS: ChatSettings = {
  system: "",
  parameters: {},
  stop: [],
  tools: "",
  mustCall: false,
  hasProbabilities: false,
};

const FORMS: ReadonlySet<string> = new Set(["json", "schema", "regex", "grammar", "choices"]);

/** Settings from a file: known fields of the right type, and nothing else. */
export function readSettings(value: unknown): ChatSettings {
  const given = fieldsOf(value);
  const parameters = fieldsOf(given.get("parameters"));
  const texts = (found: unknown): string[] =>
    Array.isArray(found) ? found.filter((each): each is string => typeof each === "string").slice(0, 16) : [];
  const form = fieldsOf(given.get("form"));
  const kind = form.get("kind");
  const source = form.get("source");
  const [model, seed, system, tools] = ["model", "seed", "system", "tools"].map((name) => given.get(name));
  return {
    ...(typeof model === "string" ? { model } : {}),
    ...(Number.isSafeInteger(seed) ? { seed: seed as number } : {}),
    system: typeof system === "string" ? system : "",
    tools: typeof tools === "string" ? tools : "",
    parameters: Object.fromEntries(
      PARAMETERS.flatMap(({ field, min, max }) => {
        const number = parameters.get(field);
        return typeof number === "number" && number >= min && number <= max ? [[field, number]] : [];
      }),
    ),
    stop: texts(given.get("stop")),
    ...(typeof kind === "string" && FORMS.has(kind) && typeof source === "string"
      ? { form: { kind: kind as AnswerForm["kind"], source } }
      : {}),
    mustCall: given.get("mustCall") === true,
    hasProbabilities: given.get("hasProbabilities") === true,
  };
}

/** The own fields of an object; none for anything else. A map has no prototype that a key could name. */
export function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value));
}
