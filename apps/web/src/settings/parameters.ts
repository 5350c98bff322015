/** The parameters of sampling: one table for the drawer, the server's fields and the library's options. */

export interface ParameterRow {
  /** The server's name, as in llama.cpp. */
  readonly field: string;
  /** The library's name. */
  readonly option: string;
  readonly label: string;
  readonly help: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** What the model uses if its authors recommend nothing. */
  readonly usual: number;
  readonly group: "main" | "filters" | "repetition";
}

const row = (
  group: ParameterRow["group"],
  field: string,
  option: string,
  label: string,
  help: string,
  [min, max, step, usual]: readonly [number, number, number, number],
): ParameterRow => ({ field, option, label, help, min, max, step, usual, group });

export const PARAMETERS: readonly ParameterRow[] = [
  row(
    "main",
    "temperature",
    "temperature",
    "Temperature",
    "0 always takes the most likely token; higher is freer",
    [0, 2, 0.05, 0.8],
  ),
  row("main", "max_tokens", "maxTokens", "Longest answer", "In tokens", [1, 8192, 1, 8192]),
  row("filters", "top_k", "topK", "Top K", "Keep the K most likely tokens; 0 keeps all", [0, 200, 1, 40]),
  row(
    "filters",
    "top_p",
    "topP",
    "Top P",
    "Keep the most likely tokens that together have this probability",
    [0, 1, 0.01, 0.95],
  ),
  row(
    "filters",
    "min_p",
    "minP",
    "Min P",
    "Keep tokens at least this likely, compared with the best",
    [0, 1, 0.01, 0.05],
  ),
  row(
    "filters",
    "typical_p",
    "typical",
    "Typical P",
    "Keep tokens of typical surprise; 1 keeps all",
    [0, 1, 0.01, 1],
  ),
  row(
    "filters",
    "xtc_probability",
    "xtcProbability",
    "XTC",
    "How often the most likely tokens are dropped",
    [0, 1, 0.05, 0],
  ),
  row("repetition", "repeat_penalty", "repeatPenalty", "Repeat penalty", "1 is off", [1, 2, 0.01, 1]),
  row(
    "repetition",
    "repeat_last_n",
    "repeatLastN",
    "Its window",
    "In tokens; −1 is everything",
    [-1, 2048, 1, 64],
  ),
  row("repetition", "presence_penalty", "presencePenalty", "Presence penalty", "0 is off", [-2, 2, 0.05, 0]),
  row(
    "repetition",
    "frequency_penalty",
    "frequencyPenalty",
    "Frequency penalty",
    "0 is off",
    [-2, 2, 0.05, 0],
  ),
  row(
    "repetition",
    "dry_multiplier",
    "dryMultiplier",
    "DRY",
    "Strength against repeated passages; 0 is off",
    [0, 2, 0.05, 0],
  ),
];

export const GROUPS: readonly (readonly [group: ParameterRow["group"], title: string])[] = [
  ["main", "Answer"],
  ["filters", "Choice of tokens"],
  ["repetition", "Repetition"],
];

/** Values by field; what is missing is the model's own. */
export type Parameters = Readonly<Record<string, number>>;
