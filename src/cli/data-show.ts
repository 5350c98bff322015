/** `cria data show`: the counts of a corpus and some of its documents. */
import { Random } from "../base/random.ts";
import { type Corpus, type CorpusFile, type Documents, openCorpus } from "../data/index.ts";
import { colorsFor } from "./colors.ts";
import { EXIT } from "./exit-codes.ts";
import { columns } from "./table.ts";
import { formatBytes, formatCount, jsonLine, printable, shorten, threeDigits } from "./text.ts";
import type { VerbAction } from "./values.ts";

export const dataShow: VerbAction = async ([path], { samples = 2, tokens = 60, seed = 0, json }) => {
  using corpus = openCorpus(path);
  const shown = corpus.sources.flatMap(({ name, train }) =>
    pick(train, samples, seed).map((document) => ({
      source: name,
      document,
      tokens: train.lengthOf(document),
      bytes: train.byteLengthOf(document),
      text: corpus.tokenizer.decode(train.tokensOf(document, 0, tokens)),
    })),
  );
  if (json === true) {
    process.stdout.write(jsonLine({ ...corpus.file, samples: shown }));
    return EXIT.ok;
  }
  const { dim } = colorsFor(process.stdout);
  const heads = columns(headRows(corpus).map((row) => row.map(printable)));
  const texts = shown.map(({ source, document, tokens: length, text }) => {
    const head = `${source}, document ${formatCount(document)}, ${formatCount(length)} tokens`;
    return `${dim(head)}\n${printable(text)}${length > tokens ? "…" : ""}`;
  });
  process.stdout.write(`${[heads, sourceRows(corpus.file), ...texts].join("\n\n")}\n`);
  return EXIT.ok;
};

function headRows({ path, file }: Corpus): string[][] {
  const { tokenizer, tokenType, bos, eos, heldOut } = file;
  return [
    ["corpus", path],
    ["id", file.id],
    ["vocabulary", `${formatCount(tokenizer.vocabSize)} pieces, ${tokenizer.file}`],
    ["stored as", tokenType],
    [
      "documents",
      `${bos === null ? "without BOS" : `BOS ${bos} before`}, ${eos === null ? "without EOS" : `EOS ${eos} after`}`,
    ],
    ["held out", heldOut === 0 ? "no share" : `${threeDigits(100 * heldOut)} % by hash`],
  ];
}

/** A row for each source and split that has documents. */
export function sourceRows({ sources }: CorpusFile): string {
  const rows = sources.flatMap(({ name, weight, train, heldOut }) =>
    (
      [
        ["train", train],
        ["held out", heldOut],
      ] as const
    )
      .filter(([, { documents }]) => documents > 0)
      .map(([split, { documents, tokens, bytes }]) => [
        shorten(name, 64),
        split,
        formatCount(documents),
        formatCount(tokens),
        formatBytes(bytes),
        threeDigits(bytes / tokens),
        weight === undefined ? "" : String(weight),
      ]),
  );
  const head = ["source", "", "documents", "tokens", "text", "bytes/token", "weight"];
  return columns([head, ...rows], ["left", "left", "right", "right", "right", "right", "right"]);
}

/** Different documents, in order. */
function pick({ count }: Documents, wanted: number, seed: number): number[] {
  const random = new Random(seed);
  const chosen = new Set<number>();
  while (chosen.size < Math.min(wanted, count)) chosen.add(random.below(count));
  return [...chosen].sort((a, b) => a - b);
}
