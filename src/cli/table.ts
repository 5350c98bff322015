/** Tables for people. Apart from the other texts, since most processes print none and should not load the package. */
import Table from "cli-table3";

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

export type Alignment = "left" | "right";

/** Rows in aligned columns, without ruling lines or a final line break. */
export function columns(rows: readonly (readonly string[])[], alignments: readonly Alignment[] = []): string {
  const style = { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true };
  const table = new Table({ chars: NO_LINES, style, colAligns: [...alignments] });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
