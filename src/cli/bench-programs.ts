/**
 * Other engines as programs: llama-bench and llama-completion of llama.cpp or ik_llama.cpp, and Cria's own command
 * line. Each run is a fresh process, whose peak memory is read from /proc.
 */
import { type ChildProcess, execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { promisify } from "node:util";
import { DeviceError, RequestError } from "../base/errors.ts";
import type { LoadOptions } from "../library/load.ts";
import { kebab } from "./option-flags.ts";

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  /** From start to end. */
  readonly seconds: number;
  readonly peakBytes: number | undefined;
}

/** Peak memory of a running process, from /proc. */
function highWaterOf(pid: number): number {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kib ?? 0) * 1024;
  } catch {
    return 0; // it has ended, or the system has no /proc
  }
}

const execute = promisify(execFile);

/**
 * Runs a program to its end.
 * @param input what it reads from standard input.
 * @throws DeviceError if it fails.
 */
export async function runProgram(
  program: string,
  args: readonly (string | number)[],
  input = "",
): Promise<Finished> {
  const from = performance.now();
  const running = execute(program, args.map(String), { maxBuffer: 1 << 24 });
  const child: ChildProcess = running.child;
  // A program that does not read its input may have closed it: what counts is how it ends.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, highWaterOf(child.pid ?? 0));
  }, 10);
  try {
    const { stdout, stderr } = await running;
    const seconds = (performance.now() - from) / 1000;
    return { stdout, stderr, seconds, peakBytes: peak === 0 ? undefined : peak };
  } catch (cause) {
    const found = cause instanceof Error ? cause.message.slice(0, 400) : String(cause);
    throw new DeviceError({ doing: `measure with ${program}`, found, cause });
  } finally {
    clearInterval(watch);
  }
}

/** What a run generates. */
export interface ColdWork {
  readonly model: string;
  readonly threads: number;
  /** Tokens after the first. */
  readonly generate: number;
}

/** How a program is called and read. Both calls start a process that loads the model and generates. */
export interface ColdProgram {
  readonly program: string;
  /** Arguments for one token after a prompt of one token. */
  first(work: ColdWork): readonly (string | number)[];
  rate(work: ColdWork): readonly (string | number)[];
  /** Tokens per second from the output of `rate`. @throws Error if it is not there. */
  read(finished: Finished): number;
}

/** Arguments of the llama-bench of llama.cpp, or of ik_llama.cpp, as far as --help lists them. */
export async function llamaBenchFlags(program: string) {
  const { stdout, stderr } = await runProgram(program, ["--help"]);
  const help = stdout + stderr;
  // ik_llama.cpp packs weights for its kernels only on request.
  const packing = help.includes("-rtr") ? ["-rtr", 1] : [];
  return {
    common: ({ model, threads }: Pick<ColdWork, "model" | "threads">) => [
      ...["-m", model, "-t", threads],
      ...["-r", 1, "-o", "json", ...packing],
    ],
    withoutWarmup: help.includes("--no-warmup") ? ["--no-warmup"] : ["-w", 0],
  };
}

async function llamaBench(program: string): Promise<ColdProgram> {
  const { common, withoutWarmup } = await llamaBenchFlags(program);
  return {
    program,
    first: (work) => [...common(work), "-p", 1, "-n", 0, ...withoutWarmup],
    rate: (work) => [...common(work), "-p", 0, "-n", work.generate],
    read: ({ stdout }) => {
      const rows = JSON.parse(stdout) as { readonly n_gen: number; readonly avg_ts: number }[];
      return rows.find(({ n_gen }) => n_gen > 0)?.avg_ts ?? Number.NaN;
    },
  };
}

const llamaCompletion = (program: string): ColdProgram => {
  const common = ({ model, threads }: ColdWork, tokens: number) => [
    ...["-m", model, "-t", threads, "-p", "a", "-n", tokens, "--temp", 0],
    ...["-no-cnv", "--ignore-eos", "--no-warmup"],
  ];
  return {
    program,
    first: (work) => common(work, 1),
    rate: (work) => common(work, work.generate + 1),
    read: ({ stderr }) => {
      const [, rate] =
        /\beval time =.*?([\d.]+) tokens per second\)(?![\s\S]*\beval time =)/.exec(stderr) ?? [];
      return Number(rate ?? Number.NaN);
    },
  };
};

/** The flags of a command for these options of loading. */
function loadingFlags({ backend, tokenizer, cacheType, precision, mmap }: LoadOptions): string[] {
  const given = Object.entries({ backend, tokenizer, cacheType, precision }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${kebab(name)}`, value],
  );
  return mmap === false ? [...given, "--no-mmap"] : given;
}

/** Cria's own `run`, as users start it. */
export function criaProgram(main: string, options: LoadOptions): ColdProgram {
  const common = ({ model, threads }: ColdWork, tokens: number) => [
    // With BOS the prompt would be two tokens.
    ...[main, "run", model, "-p", "a", "--no-bos", "-n", tokens],
    ...["-t", 0, "--ignore-eos", "--json", "--quiet"],
    ...["--threads", threads, ...loadingFlags(options)],
  ];
  return {
    program: process.execPath,
    first: (work) => common(work, 1),
    rate: (work) => common(work, work.generate + 1),
    read: ({ stdout }) => {
      const { timings } = JSON.parse(stdout) as {
        readonly timings: { readonly generationTokensPerSecond: number };
      };
      return timings.generationTokensPerSecond;
    },
  };
}

/** `NAME=PATH` or `PATH` of a program that is recognised by its name. */
export async function peerProgram(text: string): Promise<{ readonly name: string } & ColdProgram> {
  const at = text.indexOf("=");
  const path = resolve(text.slice(at + 1));
  const name = at > 0 ? text.slice(0, at) : basename(path);
  const refuse = (found: string): RequestError =>
    new RequestError({
      doing: "compare fresh processes",
      expected: "--vs NAME=PATH of llama-bench or llama-completion",
      found,
    });
  if (!existsSync(path)) throw refuse(`no file "${path}"`);
  const kind = basename(path).replace(/\.exe$/, "");
  if (kind === "llama-completion" || kind === "llama-cli") return { name, ...llamaCompletion(path) };
  if (kind !== "llama-bench") throw refuse(`"${path}"`);
  return { name, ...(await llamaBench(path)) };
}
