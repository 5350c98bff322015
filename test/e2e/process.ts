/** Runs the command line as users do: compiled, in a separate process. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** A separate package in a temporary folder, so that tests neither use nor disturb `dist/`. */
export interface BuiltPackage extends Disposable {
  readonly main: string;
  readonly folder: string;
}

/**
 * Compiles the source. Type errors are left to `npm run check`; the compiled code is tested.
 * @param hasPage also build the chat page.
 */
export function buildPackage(hasPage = false): BuiltPackage {
  const folder = mkdtempSync(join(tmpdir(), "cria-e2e-"));
  const build = [
    join(root, "scripts/build.js"),
    "--out",
    "dist",
    "--no-types",
    ...(hasPage ? [] : ["--no-page"]),
  ];
  const { stderr } = spawnSync(process.execPath, build, { cwd: folder, encoding: "utf8" });
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const main = join(folder, "dist/cli/main.js");
  if (!existsSync(main)) throw new Error(`the source does not compile:\n${stderr}`);
  return { main, folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Text for standard input. Default: empty input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Text for standard input, which then stays open. */
  readonly endless?: string;
  /** Called when the process has started. */
  readonly onStart?: (child: ChildProcess) => void;
  /** Called once, at the first output on standard output. */
  readonly onOutput?: (child: ChildProcess) => void;
}

/** Environment of processes, without the user's settings. Bytecode of a package that exists for a test only is not kept. */
export const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  CI: "true",
  NODE_DISABLE_COMPILE_CACHE: "1",
};

/** Runs `cria` to its end, without the user's colours and settings. */
export function runCria(main: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(process.execPath, [main, ...args], { env: { ...ENVIRONMENT, ...options.env } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (stdout === "") options.onOutput?.(child);
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => {}); // it may end before reading everything
  if (options.endless === undefined) child.stdin.end(options.input ?? "");
  else child.stdin.write(options.endless);
  options.onStart?.(child);
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}
