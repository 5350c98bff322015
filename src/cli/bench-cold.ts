/** `cria bench --cold`: what a user gets from a fresh process, beside other programs. */
import { DeviceError } from "../base/errors.ts";
import { type ColdResult, type ColdRound, type ColdRun, coldResult, isSteady } from "../measure/cold.ts";
import { type Work, workOf } from "../measure/workload.ts";
import { openModel } from "../open/open-model.ts";
import { platform } from "../platform/node.ts";
import { coldReport } from "./bench-cold-report.ts";
import { BenchChild, cliScript } from "./bench-engines.ts";
import { type ColdProgram, type ColdWork, criaProgram, peerProgram, runProgram } from "./bench-programs.ts";
import { waitForQuiet } from "./bench-quiet.ts";
import { EXIT } from "./exit-codes.ts";
import { jsonLine } from "./text.ts";
import type { OptionValues } from "./values.ts";

const DEFAULTS = { generate: 96, repeat: 4, patience: 10 };
/** Rounds at most, for each that was requested: rounds in which memory's speed moves do not count. */
const ROUNDS_PER_REPEAT = 3;

export interface ColdBench extends ColdResult {
  readonly model: string;
  readonly type: Work["type"];
  readonly threads: number;
  readonly generatedTokens: number;
}

async function runOnce(program: ColdProgram, work: ColdWork): Promise<ColdRun> {
  const first = await runProgram(program.program, program.first(work));
  const generated = await runProgram(program.program, program.rate(work));
  let tokensPerSecond = Number.NaN;
  try {
    tokensPerSecond = program.read(generated);
  } catch {
    // Reported below.
  }
  if (!(tokensPerSecond > 0)) {
    const found = (generated.stdout + generated.stderr).trim().slice(-300);
    throw new DeviceError({ doing: `read the speed that ${program.program} printed`, found });
  }
  return { firstTokenSeconds: first.seconds, tokensPerSecond, peakBytes: generated.peakBytes };
}

/** 10⁹ bytes per second through huge pages, measured in a process of its own. */
async function readSpeed(threads: number): Promise<number> {
  await using child = new BenchChild("memory");
  return await child.call("hugePageRead", threads);
}

interface Series {
  readonly programs: readonly ColdProgram[];
  readonly work: ColdWork;
  readonly rounds: number;
  readonly patience: number;
  readonly say: (text: string) => void;
}

async function runRound({ programs, work, patience }: Series, round: number): Promise<ColdRound> {
  const before = await readSpeed(work.threads);
  const runs: ColdRun[] = [];
  // Each round starts with another engine, so that other load affects all of them equally.
  for (let i = 0; i < programs.length; i++) {
    const at = (i + round) % programs.length;
    await waitForQuiet(patience);
    runs[at] = await runOnce(programs[at], work);
  }
  return { readGBs: [before, await readSpeed(work.threads)], runs };
}

async function runRounds(series: Series): Promise<ColdRound[]> {
  const all: ColdRound[] = [];
  const { rounds, say } = series;
  for (let i = 0; i < rounds * ROUNDS_PER_REPEAT; i++) {
    say(`round ${i + 1}`);
    all.push(await runRound(series, i));
    const steady = all.filter(isSteady).length;
    if (steady === rounds) return all;
  }
  return all;
}

export async function benchCold(path: string, values: OptionValues): Promise<number> {
  const { generate = DEFAULTS.generate, repeat = DEFAULTS.repeat, patience = DEFAULTS.patience } = values;
  const threads = values.threads ?? platform.coreCount;
  const peers = await Promise.all((values.vs ?? []).map(peerProgram));
  const opened = openModel(path);
  const facts = workOf(opened);
  opened.checkpoint.dispose();
  const say = (text: string): void => {
    if (values.json !== true && values.quiet !== true) process.stderr.write(`${text}\n`);
  };
  const rounds = await runRounds({
    programs: [criaProgram(cliScript("main"), values), ...peers],
    work: { model: path, threads, generate },
    rounds: repeat,
    patience,
    say,
  });
  const names = ["cria", ...peers.map(({ name }) => name)];
  const result: ColdBench = {
    model: path,
    type: facts.type,
    threads,
    generatedTokens: generate,
    ...coldResult(names, rounds, facts.bytesPerToken),
  };
  process.stdout.write(values.json === true ? jsonLine(result) : coldReport(result));
  return EXIT.ok;
}
