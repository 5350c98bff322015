/** `cria tokenize`: text to ids and pieces, and back. */
import { RequestError } from "../base/errors.ts";
import { loadTokenizer } from "../library/load-tokenizer.ts";
import { PIECE, type Tokenizer } from "../tokenizer/index.ts";
import { colorsFor } from "./colors.ts";
import { EXIT } from "./exit-codes.ts";
import { resolveModel } from "./model-argument.ts";
import { parseInteger } from "./options.ts";
import { readPipedInput } from "./stdin.ts";
import { columns } from "./table.ts";
import { forOutput, jsonLine, printable } from "./text.ts";
import type { OptionValues, VerbAction } from "./values.ts";

export const tokenize: VerbAction = async ([path, ...words], values) => {
  const tokenizer = await loadTokenizer(await resolveModel(path, values), { tokenizer: values.tokenizer });
  const input = words.length > 0 ? words.join(" ") : await readPipedInput();
  if (input === undefined) {
    throw new RequestError({
      doing: "tokenize",
      expected: "text after the model or from a pipe",
      found: "none",
    });
  }
  process.stdout.write(
    values.detokenize === true ? detokenized(tokenizer, input, values) : tokenized(tokenizer, input, values),
  );
  return EXIT.ok;
};

function tokenized(tokenizer: Tokenizer, text: string, values: OptionValues): string {
  const { bos = tokenizer.addBos, parseSpecial = false } = values;
  const ids = tokenizer.encode(text, { bos, parseSpecial });
  if (values.json === true) {
    const tokens = ids.map((id) => ({ id, piece: tokenizer.piece(id), type: typeName(tokenizer, id) }));
    return jsonLine({ count: ids.length, tokens });
  }
  if (values.count === true) return `${ids.length}\n`;
  if (values.ids === true) return `${ids.join(" ")}\n`;
  const dim = colorsFor(process.stdout).dim;
  const rows = ids.map((id) => {
    const type = typeName(tokenizer, id);
    return [String(id), visible(tokenizer.piece(id)), type === "normal" ? "" : dim(type)];
  });
  return ids.length === 0 ? "" : `${columns(rows, ["right", "left", "left"])}\n`;
}

function typeName({ vocabulary }: Tokenizer, id: number): string {
  const type = vocabulary.types[id];
  return Object.entries(PIECE).find(([, number]) => number === type)?.[0] ?? "normal";
}

/** Quotes a piece, so that spaces at its ends are visible and it cannot control the terminal. */
function visible(piece: string): string {
  return printable(JSON.stringify(piece));
}

function detokenized(tokenizer: Tokenizer, input: string, { parseSpecial, json }: OptionValues): string {
  const ids = input
    .split(/[\s,[\]]+/)
    .filter((word) => word !== "")
    .map((word) => parseInteger(word, "--detokenize"));
  const text = tokenizer.decode(ids, { skipSpecial: parseSpecial !== true });
  return json === true ? jsonLine({ text, count: ids.length }) : `${forOutput(text)}\n`;
}
