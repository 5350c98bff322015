/** Builds the command-line parser from the table of verbs. `dispatch` runs a verb. */
import { Command } from "commander";
import { colorsFor } from "./colors.ts";
import { addOptions } from "./options.ts";
import type { OptionValues } from "./values.ts";
import { GROUPS, VERBS, type Verb } from "./verbs.ts";

export type Dispatch = (verb: Verb, args: readonly string[], values: OptionValues) => Promise<void>;

const FOOTER = `
A model is a GGUF file, a folder with safetensors, Meta's .pth files, a llama2.c file, or a reference:
hf:owner/repo, hf:owner/repo:Q4_K_M. cria pull fetches it; run and the others do so if it is not here.
Exit codes: 0 ok, 1 internal error, 2 usage, 3 files and formats, 4 not supported, 5 context full, 6 network,
130 interrupted.
`;

/** @throws CommanderError from parse for wrong usage, help and version: `exitCode` says which. */
export function createProgram(version: string, dispatch: Dispatch): Command {
  const program = new Command("cria")
    .description("LLaMA-family models: run, inspect and convert them.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showHelpAfterError("(cria --help lists the commands, cria COMMAND --help its options)")
    .addHelpText("after", FOOTER)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error:/, colorsFor(process.stderr).red("error:"))),
      getOutHasColors: () => colorsFor(process.stdout).isColorSupported,
      getErrHasColors: () => colorsFor(process.stderr).isColorSupported,
    });
  for (const verb of VERBS) addVerb(program, verb, dispatch);
  return program;
}

function addVerb(program: Command, verb: Verb, dispatch: Dispatch): void {
  const words = verb.name.split(" ");
  const parent = words.length === 1 ? program : groupOf(program, words[0]);
  const command = parent.command(words[words.length - 1]).description(verb.summary);
  for (const [form, description] of verb.arguments) command.argument(form, description);
  addOptions(command, verb.options);
  command.addHelpText("after", `\nExamples:\n${exampleLines(verb)}\n`);
  command.action(async () => {
    await dispatch(verb, command.args, command.opts<OptionValues>());
  });
}

/** The command whose subcommands are the verbs of a group. */
function groupOf(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  return known ?? program.command(name).description(GROUPS[name]);
}

function exampleLines({ examples }: Verb): string {
  return examples.map(([line, what]) => `  ${what === "" ? line : `${line}\n      ${what}`}`).join("\n");
}
