#!/usr/bin/env node
/** The program `cria`: finds the verb, runs it, and turns what comes out of it into an exit code. */
import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { EXIT, reportError } from "./exit-codes.ts";
import { withFlagNames } from "./flag-names.ts";
import { Interrupted } from "./interrupt.ts";
import { createProgram, type Dispatch } from "./program.ts";
import { VERBS } from "./verbs.ts";

/** `cria … | head -1` closes our output early: there is nobody left to tell. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.ok);
});

const dispatch: Dispatch = async (verb, args, values) => {
  try {
    const action = await verb.load();
    process.exitCode = await action(args, values);
  } catch (error) {
    process.exitCode =
      error instanceof Interrupted
        ? EXIT.interrupted
        : reportError(withFlagNames(error, verb.options), { json: values.json === true });
  }
};

function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Commander has printed what there was to say: help, the version, or what is wrong with the command line. */
function endUsage({ exitCode, message }: CommanderError, json: boolean): number {
  if (exitCode === 0) return EXIT.ok;
  const error = { code: "REQUEST", message: message.replace(/^error: /, "") };
  if (json) process.stdout.write(`${JSON.stringify({ error })}\n`);
  return EXIT.usage;
}

const json = process.argv.includes("--json");
try {
  await createProgram(ownVersion(), dispatch).parseAsync();
} catch (error) {
  process.exitCode =
    error instanceof CommanderError
      ? endUsage(error, json)
      : reportError(
          withFlagNames(
            error,
            VERBS.flatMap(({ options }) => options),
          ),
          { json },
        );
}
