/** Value of `--name value` on the command line. */
export function option(name: string): string | undefined;
export function option(name: string, otherwise: string): string;
export function option(name: string, otherwise?: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
}
