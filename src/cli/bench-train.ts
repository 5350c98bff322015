/** `cria bench --train`: how fast a model is trained here, as a share of what the machine can do, and against PyTorch. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DeviceError, RequestError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { modelConfig } from "../config/config.ts";
import { nmse } from "../measure/figures.ts";
import {
  BENCH_OPTIMISER,
  formulaWeights,
  type TrainingBench,
  type TrainingCheck,
  type TrainingMeasured,
  type TrainingRun,
  type TrainingShape,
  trainingBench,
  trainingShape,
} from "../measure/training.ts";
import { TRAINING_SHAPES } from "../measure/training-shapes.ts";
import { platform } from "../platform/node.ts";
import { packDocuments } from "../train/index.ts";
import { BenchChild } from "./bench-engines.ts";
import { waitForQuiet } from "./bench-quiet.ts";
import { trainingReport } from "./bench-train-report.ts";
import { EXIT } from "./exit-codes.ts";
import { jsonLine } from "./text.ts";
import type { OptionValues } from "./values.ts";

const DEFAULTS = { repeat: 3, patience: 10 };
/** Steps of a round. */
const STEPS = 3;
/** What gradients and losses may be off at most: wrong kernels are off by 1. */
const MAX_GRADIENT_NMSE = 1e-8;
const MAX_LOSS_DIFFERENCE = 1e-5;

export async function benchTrain(values: OptionValues): Promise<number> {
  const say = (text: string): void => {
    if (values.json !== true && values.quiet !== true) process.stderr.write(`${text}\n`);
  };
  const result = await measure(values, say);
  process.stdout.write(values.json === true ? jsonLine(result) : trainingReport(result));
  return EXIT.ok;
}

async function measure(values: OptionValues, say: (text: string) => void): Promise<TrainingBench> {
  const { vs, shape = TRAINING_SHAPES[0], backend, length } = values;
  const threads = values.threads ?? platform.coreCount;
  if (!TRAINING_SHAPES.includes(shape))
    throw new RequestError({ doing: "measure training", expected: TRAINING_SHAPES.join(", "), found: shape });
  const sizes = trainingShape(shape, length);
  const peer = vs === undefined ? undefined : peerOf(vs, sizes, threads);
  say("checking gradients against the reference");
  const check = values.check === false ? undefined : await checked({ backend, threads }, peer);
  await using child = new BenchChild("cria");
  const loaded = await child.call("loadTraining", { shape, length, backend, threads });
  await child.call("trainSteps", 1);
  say("measuring what the machine can do");
  const patience = values.patience ?? DEFAULTS.patience;
  await waitForQuiet(patience);
  const ceilings = await measureCeiling(loaded.name, threads);
  const own: TrainingRun[] = [];
  const others: (TrainingRun & { peakBytes: number })[] = [];
  const rounds = values.repeat ?? DEFAULTS.repeat;
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`);
    await waitForQuiet(patience);
    own.push(await child.call("trainSteps", STEPS));
    if (peer === undefined) continue;
    await waitForQuiet(patience);
    others.push(await peer.run());
  }
  const of = { shape, precision: "f32", threads, backend: loaded.name, sizes, check };
  return trainingBench(
    { ...of, ceilingGflops: ceilings?.fmaGflops },
    {
      name: "cria",
      description: loaded.description,
      runs: own,
      peakBytes: await child.call("peakBytes"),
    },
    peer === undefined ? undefined : measuredPeer(peer, others),
  );
}

async function measureCeiling(backend: string, threads: number) {
  await using child = new BenchChild("the machine");
  return await child.call("ceilings", backend, threads);
}

interface Peer {
  readonly description: string;
  run(): Promise<TrainingRun & { peakBytes: number }>;
  losses(sizes: TrainingShape, documents: readonly (readonly number[])[]): Promise<readonly number[]>;
}

interface PeerAnswer {
  readonly torch: string;
  readonly seconds: readonly number[];
  readonly losses: readonly number[];
  readonly peakBytes: number;
}

/** Runs PyTorch in a process of its own; variables that would bind its library to other kernels are unset. */
async function askPyTorch(job: unknown): Promise<PeerAnswer> {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
  const running = promisify(execFile)("python3", ["-c", platform.asset("pytorch-train.py")], {
    env: { ...env, PATH: `/usr/bin:${env.PATH ?? ""}` },
    maxBuffer: 1 << 28,
  });
  running.child.stdin?.end(JSON.stringify(job));
  try {
    return JSON.parse((await running).stdout) as PeerAnswer;
  } catch (cause) {
    const found =
      cause instanceof Error ? cause.message.split("\n").slice(-3).join(" ").slice(0, 400) : String(cause);
    const fix = "install PyTorch for python3 (Debian: apt-get install python3-torch)";
    throw new DeviceError({ doing: "measure PyTorch", found, fix, cause });
  }
}

function peerOf(versus: string, { config, rows, length }: TrainingShape, threads: number): Peer {
  if (versus !== "pytorch") {
    throw new RequestError({ doing: "compare training", expected: "--vs pytorch", found: versus });
  }
  const job = { config, optimiser: BENCH_OPTIMISER };
  return {
    description: "PyTorch",
    run: () => askPyTorch({ ...job, mode: "bench", rows, length, steps: STEPS, threads }),
    async losses(sizes, documents) {
      const { tokens, targets, positions, starts } = packDocuments(documents);
      const arrays = Object.entries({ tokens, targets, positions, starts });
      const batch = Object.fromEntries(arrays.map(([name, values]) => [name, [...values]]));
      const batches = Array.from({ length: 5 }, () => batch);
      return (await askPyTorch({ ...job, config: sizes.config, mode: "steps", batches })).losses;
    },
  };
}

function measuredPeer(
  { description }: Peer,
  runs: readonly (TrainingRun & { peakBytes: number })[],
): TrainingMeasured {
  return {
    name: "pytorch",
    description,
    runs,
    peakBytes: Math.max(...runs.map(({ peakBytes }) => peakBytes)),
  };
}

/** A small model whose weights follow from the formula that the peer knows too. */
function smallModel() {
  const fields = {
    dim: 96,
    ffnDim: 160,
    nLayers: 2,
    nHeads: 4,
    nKvHeads: 2,
    vocabSize: 259,
    maxSeqLen: 128,
  } as const;
  const fixed = { architecture: "llama", normEps: 1e-5, ropePairing: "halves", tied: true } as const;
  const config = modelConfig({ ...fields, ...fixed }, { name: "a small model" });
  const random = new Random(9);
  const documents = [70, 2, 55].map((length) => Array.from({ length }, () => random.below(config.vocabSize)));
  const tokens = documents.reduce((sum, { length }) => sum + length - 1, 0);
  return { sizes: { config, rows: 1, length: tokens }, weights: formulaWeights(config), documents };
}

/** Gradients against the reference backend's, losses against the peer's. Throws DeviceError if they are off. */
async function checked(
  request: { readonly backend: string | undefined; readonly threads: number },
  peer: Peer | undefined,
): Promise<TrainingCheck> {
  const { sizes, weights, documents } = smallModel();
  const steps = async (of: typeof request) => {
    await using child = new BenchChild("a small model");
    return await child.call("smallSteps", sizes, weights, documents, of);
  };
  const [own, reference] = [await steps(request), await steps({ ...request, backend: "reference" })];
  const errors = [...reference.moments].map(([name, expected]) =>
    nmse([own.moments.get(name) as Float32Array], [expected]),
  );
  const gradientNmse = Math.max(...errors);
  const losses = await peer?.losses(sizes, documents);
  const peerLoss = losses && Math.max(...losses.map((loss, i) => Math.abs(own.losses[i] / loss - 1)));
  refuseBeyond("gradients like the reference's, with a normalised error", MAX_GRADIENT_NMSE, gradientNmse);
  refuseBeyond("losses like PyTorch's, with a relative difference", MAX_LOSS_DIFFERENCE, peerLoss ?? 0);
  return { gradientNmse, peerLoss };
}

function refuseBeyond(what: string, limit: number, found: number): void {
  if (found <= limit) return;
  throw new DeviceError({
    doing: "measure training",
    expected: `${what} of at most ${limit}`,
    found: found.toPrecision(3),
    fix: "this is a fault of Cria: its speed would mean nothing",
  });
}
