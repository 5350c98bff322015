/** Translates option names in the library's errors to the flags that the user typed. */
import { CriaError } from "../base/errors.ts";
import type { OptionSpec } from "./options.ts";

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `-n` and `--max-tokens` of "-n, --max-tokens <n>". */
function formsOf({ flags }: OptionSpec): string[] {
  return [...flags.matchAll(/(?:^|\s)(--?[\w-]+)/g)].map(([, flag]) => flag);
}

/** The form of a flag used on the command line, else the long one. */
function typed(forms: readonly string[], argv: readonly string[]): string {
  const isTyped = (flag: string): boolean =>
    argv.some((word) =>
      flag.startsWith("--")
        ? word === flag || word.startsWith(`${flag}=`)
        : /^-\w/.test(word) && word.startsWith(flag),
    );
  return forms.find(isTyped) ?? forms[forms.length - 1];
}

/** The same error with the flag instead of the option's name; other errors unchanged. */
export function withFlagNames(
  error: unknown,
  options: readonly OptionSpec[],
  argv: readonly string[] = process.argv,
): unknown {
  if (!(error instanceof CriaError)) return error;
  const { problem } = error;
  const [, path, flag] = /^use (?:the option "([\w.]+)"|(--[\w-]+))$/.exec(problem.doing) ?? [];
  const wanted = flag === undefined ? (path ?? "").split(".").map((part) => `--${kebab(part)}`) : [flag];
  const forms = wanted
    .reverse()
    .flatMap((name) => options.map(formsOf).filter((all) => all.includes(name)))
    .at(0);
  if (forms === undefined) return error;
  const Same = error.constructor as new (problem: CriaError["problem"]) => CriaError;
  return new Same({ ...problem, doing: `use ${typed(forms, argv)}` });
}
