/**
 * The vocabulary's keys of a GGUF file, adapted to the model: as many tokens as the embedding has rows, which
 * readers require, and a separate key for every end token.
 */
import { type GgufValue, ggufValue } from "../formats/gguf/index.ts";
import { PIECE } from "../tokenizer/index.ts";

type Entry = [string, GgufValue];
const TOKENS = "tokenizer.ggml.tokens";
/** The score of padding tokens, as in llama.cpp's converter. */
const PAD_SCORE = -1000;

export interface Fitted {
  readonly entries: Entry[];
  /** Parts of the model that these keys cannot express. */
  readonly dropped: readonly string[];
  /** The adaptations. */
  readonly notes: readonly string[];
}

/** Arrays with a value per token, and their padding values. */
const PER_TOKEN: Readonly<Record<string, (id: number) => string | number>> = {
  [TOKENS]: (id) => `[PAD${id}]`,
  "tokenizer.ggml.scores": () => PAD_SCORE,
  "tokenizer.ggml.token_type": () => PIECE.unused,
};

function resized(value: GgufValue, rows: number, fill: (id: number) => string | number): GgufValue {
  if (value.type !== "array" || value.of === "array") return value;
  const of = <T>(list: ArrayLike<unknown>): T[] =>
    Array.from({ length: rows }, (_, id) => (id < list.length ? list[id] : fill(id)) as T);
  if (value.of === "string") return { ...value, value: of<string>(value.value) };
  if (value.of === "f32") return ggufValue.f32s(Float32Array.from(of<number>(value.value)));
  return ggufValue.i32s(Int32Array.from(of<number>(value.value)));
}

/** @param rows of the embedding. */
export function fitRows(entries: readonly Entry[], rows: number): Fitted {
  const tokens = entries.find(([key]) => key === TOKENS)?.[1];
  const count = tokens?.type === "array" ? tokens.value.length : rows;
  if (count === rows) return { entries: [...entries], dropped: [], notes: [] };
  const fitted = entries
    .filter(([key, { value }]) => !(key.endsWith("_token_id") && typeof value === "number" && value >= rows))
    .map(
      ([key, value]): Entry => [
        key,
        Object.hasOwn(PER_TOKEN, key) ? resized(value, rows, PER_TOKEN[key]) : value,
      ],
    );
  return count < rows
    ? {
        entries: fitted,
        dropped: [],
        notes: [`${rows - count} unused tokens fill up the vocabulary to the ${rows} rows of the embedding`],
      }
    : {
        entries: fitted,
        dropped: [`the ${count - rows} tokens beyond the rows of the embedding`],
        notes: [],
      };
}

/** Keys for end tokens, in the order in which they are used. */
const END_KEYS = ["eos", "eot", "eom"].map((name) => `tokenizer.ggml.${name}_token_id`);

/**
 * Assigns every end token a key, if one is free.
 * @param ends of the model. @param known end tokens that readers find without a key, by their text.
 */
export function addEnds(
  entries: readonly Entry[],
  ends: readonly number[],
  known: ReadonlySet<number>,
): Fitted {
  const all = new Map(entries);
  const isNamed = (id: number): boolean =>
    known.has(id) || END_KEYS.some((key) => Number(all.get(key)?.value) === id);
  const lost: number[] = [];
  for (const id of ends.filter((end) => !isNamed(end))) {
    const key = END_KEYS.find((name) => !all.has(name));
    if (key === undefined) lost.push(id);
    else all.set(key, { type: "u32", value: id });
  }
  const dropped =
    lost.length === 0 ? [] : [`the end tokens ${lost.join(", ")}: GGUF has three keys for end tokens`];
  return { entries: [...all], dropped, notes: [] };
}
