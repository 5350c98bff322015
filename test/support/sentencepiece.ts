/** SentencePiece's own programs as an oracle, if they are installed (Debian: `apt-get install sentencepiece`). */
import { spawnSync } from "node:child_process";

/** Folder of spm_train and spm_encode; if empty, they are found on the PATH. */
const folder = process.env.CRIA_SENTENCEPIECE ?? "";
const program = (name: string): string => (folder === "" ? name : `${folder}/${name}`);

export const hasSentencePiece =
  spawnSync(program("spm_train"), ["--version"], { stdio: "ignore" }).status === 0;

/** Adds to a test's title why it does not run. */
export function spmTitle(title: string): string {
  return hasSentencePiece ? title : `${title} (not run: spm_train and spm_encode are not installed)`;
}

function run(name: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync(program(name), args, {
    encoding: "utf8",
    input,
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${name} failed:\n${stderr}`);
  return stdout;
}

/** Writes `prefix`.model. Options have SentencePiece's names. */
export function spmTrain(input: string, prefix: string, options: Readonly<Record<string, unknown>>): void {
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const fixed = [
    "--model_type=bpe",
    "--normalization_rule_name=identity",
    "--remove_extra_whitespaces=false",
  ];
  run("spm_train", [`--input=${input}`, `--model_prefix=${prefix}`, ...fixed, ...flags, "--minloglevel=2"]);
}

/** Ids of each line. */
export function spmEncode(model: string, lines: readonly string[]): number[][] {
  const output = run("spm_encode", [`--model=${model}`, "--output_format=id"], `${lines.join("\n")}\n`);
  return output
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" ").filter(Boolean).map(Number));
}
