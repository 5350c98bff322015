/**
 * Keeps docs/formats.md's section "Block types" equal to the tables in the code. After a change of the tables:
 * `CRIA_UPDATE_DOCS=1 npx vitest run src/quant/docs.test.ts`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { DTYPES, type DType, dtypeInfo } from "../base/dtypes.ts";
import { canEncode, codecs } from "./index.ts";

const path = fileURLToPath(new URL("../../docs/formats.md", import.meta.url));
const START = "<!-- block types: generated from src/quant -->";
const END = "<!-- end of block types -->";

const types = Object.keys(DTYPES) as DType[];

function row(dtype: DType): string {
  const { blockLength, blockBytes, ggmlId } = dtypeInfo(dtype);
  const bits = (blockBytes * 8) / blockLength;
  const cells = [dtype, ggmlId ?? "–", bits, blockLength, blockBytes, codecs[dtype].formula];
  return `| ${[...cells, canEncode(dtype) ? "yes" : "no"].join(" | ")} |`;
}

function fieldList(dtype: DType): string[] {
  let offset = 0;
  const items = codecs[dtype].fields.map(({ name, byteLength, holds }, i) => {
    const item = `${i + 1}. byte ${offset}: \`${name}\`, ${holds}`;
    offset += byteLength;
    return item;
  });
  return items.length === 0 ? [] : ["", `### ${dtype}`, "", ...items];
}

function section(): string {
  const head = [
    "| type | GGML number | bits per value | values | bytes | value | Cria writes it |",
    "| --- | --- | --- | --- | --- | --- | --- |",
  ];
  return [START, "", ...head, ...types.map(row), ...types.flatMap(fieldList), "", END].join("\n");
}

/** The formatter pads the cells of tables. */
const unpadded = (text: string): string => text.replace(/ +/g, " ").replace(/-{4,}/g, "---");

it("docs/formats.md shows the block types of the code", () => {
  expect(existsSync(path)).toBe(true);
  const text = readFileSync(path, "utf8");
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  expect(start).toBeGreaterThan(0);
  expect(end).toBeGreaterThan(start);
  if (process.env.CRIA_UPDATE_DOCS !== undefined) {
    writeFileSync(path, text.slice(0, start) + section() + text.slice(end + END.length));
    return;
  }
  expect(unpadded(text.slice(start, end + END.length))).toBe(unpadded(section()));
});
