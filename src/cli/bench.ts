/** `cria bench`: measures a model's speed, as a share of the machine's limits and against another engine. */
import { DeviceError, RequestError } from "../base/errors.ts";
import { countParameters } from "../config/parameters.ts";
import type { Engine, Loaded, Workload } from "../measure/engine.ts";
import { nmse } from "../measure/figures.ts";
import { type BenchResult, benchResult, type Check, type Measured } from "../measure/result.ts";
import { promptTokens, type Work, workOf } from "../measure/workload.ts";
import { openModel } from "../open/open-model.ts";
import { platform } from "../platform/node.ts";
import { BenchChild, ChildEngine, onePeer, peerEngine } from "./bench-engines.ts";
import { waitForQuiet } from "./bench-quiet.ts";
import { benchReport } from "./bench-report.ts";
import { EXIT } from "./exit-codes.ts";
import { resolveModel } from "./model-argument.ts";
import { jsonLine } from "./text.ts";
import { loadOptions, type OptionValues, type VerbAction } from "./values.ts";

const DEFAULTS = { prompt: "512", generate: 64, repeat: 3, patience: 10 };
/** The reference needs seconds per token of a large model, so fewer tokens are checked. */
const CHECK_TOKENS = { small: 4, large: 2 };
const LARGE_PARAMETERS = 2e9;
/** Rounding activations to 8 bits costs some 1e-4; a wrong kernel gives 1 or more. */
const MAX_NMSE = 0.01;

export const bench: VerbAction = async ([name], values) => {
  if (values.train === true) return (await import("./bench-train.ts")).benchTrain(values);
  if (name === undefined)
    throw new RequestError({ doing: "measure", expected: "a model, or --train", found: "neither" });
  const path = await resolveModel(name, values);
  if (values.cold === true) return (await import("./bench-cold.ts")).benchCold(path, values);
  const say = (text: string): void => {
    if (values.json !== true && values.quiet !== true) process.stderr.write(`${text}\n`);
  };
  const result = await measure(path, values, say);
  process.stdout.write(values.json === true ? jsonLine(result) : benchReport(result));
  return EXIT.ok;
};

interface Subject {
  readonly workload: Workload;
  readonly work: Work;
  readonly checkTokens: number;
}

/** Reads the model's facts from its headers. */
function subjectOf(path: string, values: OptionValues): Subject {
  const opened = openModel(path);
  try {
    const { vocabSize } = opened.config;
    const workload = {
      prompt: Number(values.prompt ?? DEFAULTS.prompt),
      generate: values.generate ?? DEFAULTS.generate,
      threads: values.threads ?? platform.coreCount,
      vocabSize,
    };
    const large = countParameters(opened.config) > LARGE_PARAMETERS;
    return { workload, work: workOf(opened), checkTokens: CHECK_TOKENS[large ? "large" : "small"] };
  } finally {
    opened.checkpoint.dispose();
  }
}

async function measure(
  path: string,
  values: OptionValues,
  say: (text: string) => void,
): Promise<BenchResult> {
  const { workload, work, checkTokens } = subjectOf(path, values);
  const { threads, prompt, generate, vocabSize } = workload;
  const versus = onePeer(values);
  await using peer = versus === undefined ? undefined : peerEngine(versus, path, workload);
  await using own = criaEngine(path, values, workload);
  say("loading");
  const loaded = await own.load();
  const backend = await own.child.call("backendName");
  const peerLoaded = await peer?.load();
  let check: Check | undefined;
  if (values.check !== false && backend !== "reference") {
    say(`checking ${checkTokens} tokens against the reference`);
    check = await compareWithReference(path, own.child, promptTokens(checkTokens, vocabSize));
  }
  say("measuring the machine's limits");
  await waitForQuiet(values.patience ?? DEFAULTS.patience);
  const ceilings = await measureIn("ceilings", (child) => child.call("ceilings", backend, threads));
  const engines = [own, ...(peer === undefined ? [] : [peer])];
  const [ownRuns, peerRuns] = await interleave(engines, values, say);
  return benchResult({
    model: path,
    threads,
    backend,
    promptTokens: prompt,
    generatedTokens: generate,
    work,
    check,
    ceilings,
    own: await measured(own, loaded, ownRuns),
    peer:
      peer === undefined || peerLoaded === undefined ? undefined : await measured(peer, peerLoaded, peerRuns),
  });
}

function criaEngine(path: string, values: OptionValues, workload: Workload) {
  const { prompt, generate, threads } = workload;
  const options = { ...loadOptions(values), threads, context: prompt + generate + 8 };
  return new ChildEngine("cria", workload, (child) => child.call("loadCria", path, options));
}

/** Runs in a separate child process, whose memory is not measured. */
async function measureIn<Result>(name: string, use: (child: BenchChild) => Promise<Result>): Promise<Result> {
  await using child = new BenchChild(name);
  return await use(child);
}

async function compareWithReference(
  path: string,
  child: BenchChild,
  tokens: readonly number[],
): Promise<Check> {
  const expected = await measureIn("the reference", async (reference) => {
    await reference.call("loadCria", path, { backend: "reference", parallel: 1, context: 64 });
    return reference.call("logits", tokens);
  });
  const error = nmse(await child.call("logits", tokens), expected);
  if (error <= MAX_NMSE) return { tokens: tokens.length, nmse: error };
  throw new DeviceError({
    doing: `measure "${path}"`,
    expected: `logits like the reference's, with a normalised error of at most ${MAX_NMSE}`,
    found: `${error.toPrecision(3)}`,
    fix: "this is a bug in Cria; its speed would be meaningless",
  });
}

/** Runs the engines in turn, starting with another one each round, so that other load affects all of them equally. */
async function interleave(
  engines: readonly Engine[],
  { repeat = DEFAULTS.repeat, patience = DEFAULTS.patience }: OptionValues,
  say: (text: string) => void,
) {
  const runs = engines.map((): Measured["runs"][number][] => []);
  for (let round = 0; round < repeat; round++) {
    say(`round ${round + 1} of ${repeat}`);
    const order = engines.map((_, i) => (i + round) % engines.length);
    for (const i of order) {
      const idleBefore = await waitForQuiet(patience);
      runs[i].push({ ...(await engines[i].measure()), idleBefore });
    }
  }
  return runs;
}

async function measured(engine: Engine, loaded: Loaded, runs: Measured["runs"]): Promise<Measured> {
  return { name: engine.name, loaded, runs, peakBytes: await engine.peakBytes() };
}
