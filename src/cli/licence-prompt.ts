/** Shows a model's licence and card before its first run, and asks. */
import { obligationsOf } from "../hub/obligations.ts";
import { type AcceptLicence, describeLicence, type Terms } from "../hub/terms.ts";
import { colorsFor } from "./colors.ts";
import { Interrupted } from "./interrupt.ts";
import { printable } from "./text.ts";
import type { OptionValues } from "./values.ts";

const CARD_LINES = 12;
const LICENCE_LINES = 40;

/** --accept-licence accepts; a terminal is asked; otherwise only open licences pass. */
export function licenceAnswer({
  acceptLicence,
}: Pick<OptionValues, "acceptLicence">): AcceptLicence | undefined {
  if (acceptLicence === true) return true;
  return process.stdin.isTTY && process.stderr.isTTY ? ask : undefined;
}

function firstLines(text: string, count: number): string {
  const lines = printable(text).trim().split("\n");
  const more = lines.length - count;
  return lines.slice(0, count).join("\n") + (more > 0 ? `\n… (${more} more lines)` : "");
}

/** What is shown: the card's start, the licence's start, and what it demands. */
export function termsText(terms: Terms): string {
  const { bold, dim } = colorsFor(process.stderr);
  const parts = [
    bold(`Licence of ${terms.id}: ${printable(describeLicence(terms))}`),
    ...(terms.link === undefined ? [] : [printable(terms.link)]),
    ...(terms.card === "" ? [] : [dim(firstLines(terms.card, CARD_LINES))]),
    ...terms.texts.map(({ name, text }) => `${bold(printable(name))}\n${firstLines(text, LICENCE_LINES)}`),
    ...obligationsOf(terms.license ?? terms.title).map((line) => `- ${line}`),
  ];
  return `${parts.join("\n\n").replaceAll("\n\n- ", "\n- ")}\n`;
}

async function ask(terms: Terms): Promise<boolean> {
  process.stderr.write(termsText(terms));
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const stop = new AbortController();
  // Ctrl-C would otherwise only pause the input, and the question would wait for ever.
  lines.on("SIGINT", () => stop.abort());
  lines.on("close", () => stop.abort());
  try {
    const answer = await lines.question("Accept? [y/N] ", { signal: stop.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (stop.signal.aborted) throw new Interrupted();
    throw error;
  } finally {
    lines.close();
  }
}
