#!/usr/bin/env node
/** The program `cria`: finds the verb, runs it, and turns what comes out of it into an exit code. */
import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { EXIT, reportError } from "./exit-codes.ts";
import { Interrupted } from "./interrupt.ts";
import { createProgram, type Dispatch } from "./program.ts";

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
      error instanceof Interrupted ? EXIT.interrupted : reportError(error, { json: values.json === true });
  }
};

function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

try {
  await createProgram(ownVersion(), dispatch).parseAsync();
} catch (error) {
  // Commander has printed what there was to say: help, version, or what is wrong with the command line.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else process.exitCode = reportError(error, { json: process.argv.includes("--json") });
}
