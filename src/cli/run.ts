/** `cria run`: continues a text. */
import { RequestError } from "../base/errors.ts";
import { givenStructure } from "../generation/grammar/given.ts";
import type { GeneratedToken } from "../generation/index.ts";
import { load, loadForText } from "../library/load.ts";
import { colorsFor } from "./colors.ts";
import { EXIT } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { checkModelPath, modelAndText, shippedModel } from "./model-argument.ts";
import { openEarlySession, type Session, warn } from "./session.ts";
import { statisticsLine, statisticsObject } from "./statistics.ts";
import { readPipedInput, withoutFinalBreak } from "./stdin.ts";
import { type Streamed, streamGeneration } from "./stream.ts";
import { structureOptions } from "./structure.ts";
import { jsonLine, printable } from "./text.ts";
import { readTextFile } from "./text-file.ts";
import { generateOptions, type OptionValues, type VerbAction } from "./values.ts";

export const run: VerbAction = async (args, values) => {
  if (values.logprobs !== undefined && values.json !== true) {
    throw new RequestError({ doing: "use --logprobs", expected: "--json as well", found: "none" });
  }
  const { path, text } = modelAndText(args, values, await shippedModel());
  if (text !== undefined && (values.prompt ?? values.file) !== undefined) {
    throw new RequestError({
      doing: "run",
      expected: "one text",
      found: "one as an argument and one as an option",
    });
  }
  checkModelPath(path);
  const prompt = await promptText(text === undefined ? values : { prompt: text });
  const structure = structureOptions(values);
  const isFree = givenStructure(structure) === undefined;
  await using session = await openEarlySession(path, values, isFree ? loadForText : load);
  using interrupt = listenForInterrupt();
  const { signal } = interrupt;
  const { model } = session;
  const generation = model.generate(prompt, {
    ...generateOptions(values),
    ...structure,
    signal,
    bos: values.bos === false ? false : undefined,
    parseSpecial: values.parseSpecial,
  });
  const silent = values.json === true;
  if (!silent) echoPrompt(prompt, values);
  const streamed = await streamGeneration(generation, {
    signal,
    ...(silent ? { write: () => {} } : {}),
    note: session.note ?? values.quiet !== true,
  });
  await session.finish(signal);
  if (silent) printObject(session, streamed, values);
  else finishText(streamed, model.backend.name, values);
  return exitCode(streamed, values);
};

/** The prompt: a text followed by piped input, a file, or piped input alone; empty without any of these. */
async function promptText({ prompt, file }: Pick<OptionValues, "prompt" | "file">): Promise<string> {
  if (file !== undefined) return withoutFinalBreak(readTextFile(file));
  const piped = await readPipedInput({ isExpected: prompt === undefined });
  if (prompt === undefined) return piped ?? "";
  return piped === undefined || piped === "" ? prompt : `${prompt}\n${piped}`;
}

function echoPrompt(prompt: string, { quiet }: OptionValues): void {
  if (quiet === true || !process.stdout.isTTY) return;
  process.stdout.write(colorsFor(process.stdout).dim(printable(prompt)));
}

function finishText({ text, result }: Streamed, backend: string, values: OptionValues): void {
  if (!text.endsWith("\n")) process.stdout.write("\n");
  if (values.quiet === true) return;
  const line = result === undefined ? "interrupted" : statisticsLine(result, backend, process.stderr.columns);
  process.stderr.write(`${colorsFor(process.stderr).dim(line)}\n`);
}

/** True if the context ended a text before --max-tokens. */
function wasCut({ result }: Streamed, { maxTokens }: OptionValues): boolean {
  return result?.finish.reason === "context" && maxTokens !== undefined;
}

function exitCode(streamed: Streamed, values: OptionValues): number {
  if (streamed.result === undefined) return EXIT.interrupted;
  if (!wasCut(streamed, values)) return EXIT.ok;
  warn(
    `the context was full after ${streamed.result.tokens.length} of --max-tokens ${values.maxTokens}; ` +
      "set a larger --context, or allow --context-shift",
  );
  return EXIT.context;
}

function logprobsOf(tokens: readonly GeneratedToken[]) {
  return tokens.flatMap(({ token, text, logprobs }) =>
    logprobs === undefined ? [] : [{ ...logprobs, token, text }],
  );
}

function printObject(session: Session, streamed: Streamed, values: OptionValues): void {
  const { model, path, loadSeconds } = session;
  const { result, text, tokens } = streamed;
  const account =
    result === undefined ? { usage: { generatedTokens: tokens.length } } : statisticsObject(result);
  const object = {
    text,
    tokens: result?.tokens ?? tokens.map(({ token }) => token),
    finish: result?.finish ?? { reason: "interrupted" },
    ...account,
    loadSeconds,
    model: { path, architecture: model.config.architecture, context: model.context },
    backend: model.backend.name,
    ...(values.logprobs === undefined ? {} : { logprobs: logprobsOf(tokens) }),
    ...(model.warnings.length === 0 ? {} : { warnings: model.warnings }),
  };
  process.stdout.write(jsonLine(object));
}
