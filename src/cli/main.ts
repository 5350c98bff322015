#!/usr/bin/env node
/** The program `cria`: finds the verb, runs it, and turns what comes out of it into an exit code. */
import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { fileError } from "../platform/node-source.ts";
import { EXIT, reportError } from "./exit-codes.ts";
import { withFlagNames } from "./flag-names.ts";
import { Interrupted } from "./interrupt.ts";
import { createProgram, type Dispatch } from "./program.ts";
import { jsonLine } from "./text.ts";
import { VERBS } from "./verbs.ts";

/** `cria … | head -1` closes our output early: there is nobody left to tell. A full disk is worth a sentence. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  process.exit(reportError(fileError("write to standard output", error), { json: false }));
});
// Where errors cannot be told, the exit code has to do.
process.stderr.on("error", () => {});

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
  // A pipe that stays open must not keep an interrupted process alive.
  if (process.exitCode === EXIT.interrupted) process.stdin.destroy();
};

function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Commander has printed what there was to say: help, the version, or what is wrong with the command line. */
function endUsage({ exitCode, message }: CommanderError, json: boolean): number {
  if (exitCode === 0) return EXIT.ok;
  const error = { code: "REQUEST", message: message.replace(/^error: /, "") };
  if (json) process.stdout.write(jsonLine({ error }));
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
