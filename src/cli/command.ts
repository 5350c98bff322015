/** The command line: finds the verb, runs it, and turns its result into an exit code. */
import { CommanderError } from "commander";
import { ownVersion } from "../platform/node-machine.ts";
import { fileError } from "../platform/node-source.ts";
import { EXIT, reportError } from "./exit-codes.ts";
import { withFlagNames } from "./flag-names.ts";
import { Interrupted } from "./interrupt.ts";
import { createProgram, type Dispatch } from "./program.ts";
import { jsonLine } from "./text.ts";
import { VERBS } from "./verbs.ts";

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

/** Commander has already printed help, the version, or the usage error. */
function endUsage({ exitCode, message }: CommanderError, json: boolean): number {
  if (exitCode === 0) return EXIT.ok;
  const error = { code: "REQUEST", message: message.replace(/^error: /, "") };
  if (json) process.stdout.write(jsonLine({ error }));
  return EXIT.usage;
}

/** `cria … | head -1` closes the output early, so nobody would see an error. A full disk is reported. */
function watchOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    process.exit(reportError(fileError("write to standard output", error), { json: false }));
  });
  // If errors cannot be printed, the exit code must suffice.
  process.stderr.on("error", () => {});
}

/** Runs the process's arguments, and sets its exit code. */
export async function runCommandLine(): Promise<void> {
  watchOutput();
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
}
