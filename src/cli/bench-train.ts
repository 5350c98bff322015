/** `cria bench --train`: measures training speed, as a share of the machine's limits and against PyTorch. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DeviceError, RequestError } from "../base/errors.ts";
import { MATMUL_PRECISIONS, type MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";
import { productCeiling } from "../measure/ceilings.ts";
import {
  BENCH_OPTIMISER,
  type TrainingBench,
  type TrainingMeasured,
  type TrainingRun,
  type TrainingShape,
  trainingBench,
  trainingShape,
} from "../measure/training.ts";
import { TRAINING_SHAPES } from "../measure/training-shapes.ts";
import { platform } from "../platform/node.ts";
import { packDocuments } from "../train/index.ts";
import { BenchChild, onePeer } from "./bench-engines.ts";
import { waitForQuiet } from "./bench-quiet.ts";
import { checkTraining, type LossPeer } from "./bench-train-check.ts";
import { trainingReport } from "./bench-train-report.ts";
import { EXIT } from "./exit-codes.ts";
import { jsonLine } from "./text.ts";
import type { OptionValues } from "./values.ts";

const DEFAULTS = { repeat: 3, patience: 10 };
/** Steps per round. */
const STEPS = 3;

export async function benchTrain(values: OptionValues): Promise<number> {
  const say = (text: string): void => {
    if (values.json !== true && values.quiet !== true) process.stderr.write(`${text}\n`);
  };
  const result = await measure(values, say);
  process.stdout.write(values.json === true ? jsonLine(result) : trainingReport(result));
  return EXIT.ok;
}

async function measure(values: OptionValues, say: (text: string) => void): Promise<TrainingBench> {
  const { shape = TRAINING_SHAPES[0], backend, length } = values;
  const vs = onePeer(values);
  const threads = values.threads ?? platform.coreCount;
  if (!TRAINING_SHAPES.includes(shape))
    throw new RequestError({ doing: "measure training", expected: TRAINING_SHAPES.join(", "), found: shape });
  const precision = precisionOf(values);
  const sizes = trainingShape(shape, length);
  const peer = vs === undefined ? undefined : peerOf(vs, sizes, threads);
  say("checking gradients against the reference");
  const check =
    values.check === false ? undefined : await checkTraining({ backend, threads, precision }, peer);
  await using child = new BenchChild("cria");
  const loaded = await child.call("loadTraining", { shape, length, backend, threads, precision });
  await child.call("trainSteps", 1);
  say("measuring the machine's limits");
  const patience = values.patience ?? DEFAULTS.patience;
  await waitForQuiet(patience);
  const ceilings = await measureCeiling(loaded.name, threads);
  const own: TrainingRun[] = [];
  const others: PeerRun[] = [];
  const rounds = values.repeat ?? DEFAULTS.repeat;
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`);
    await waitForQuiet(patience);
    own.push(await child.call("trainSteps", STEPS));
    if (peer === undefined) continue;
    await waitForQuiet(patience);
    others.push(await peer.run());
  }
  const of = { shape, precision, threads, backend: loaded.name, sizes, check };
  return trainingBench(
    { ...of, ceilingGflops: productCeiling(ceilings, precision) },
    {
      name: "cria",
      description: loaded.description,
      runs: own,
      peakBytes: await child.call("peakBytes"),
    },
    peer === undefined ? undefined : measuredPeer(others),
  );
}

function precisionOf({ precision = "f32" }: OptionValues): MatmulPrecision {
  const known = MATMUL_PRECISIONS.find((name) => name === precision);
  if (known !== undefined) return known;
  const expected = MATMUL_PRECISIONS.join(" or ");
  throw new RequestError({ doing: "measure training", expected, found: precision });
}

async function measureCeiling(backend: string, threads: number) {
  await using child = new BenchChild("the machine");
  return await child.call("ceilings", backend, threads);
}

interface PeerRun extends TrainingRun {
  readonly peakBytes: number;
  /** With what PyTorch multiplies. */
  readonly description: string;
}

interface Peer extends LossPeer {
  run(): Promise<PeerRun>;
}

interface PeerAnswer {
  readonly torch: string;
  /** Of a benchmark: what multiplies matrices. */
  readonly blas?: string;
  readonly seconds: readonly number[];
  readonly losses: readonly number[];
  readonly peakBytes: number;
}

/** Runs PyTorch in a separate process, without environment variables that would make it use other kernels. */
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
    async run() {
      const answer = await askPyTorch({ ...job, mode: "bench", rows, length, steps: STEPS, threads });
      if (answer.blas === "reference") {
        throw new DeviceError({
          doing: "measure PyTorch",
          expected: "a BLAS that is made for speed",
          found: "the reference BLAS, against which any speed is good",
          fix: "install OpenBLAS (Debian: apt-get install libopenblas0)",
        });
      }
      return { ...answer, description: `PyTorch ${answer.torch} with ${answer.blas}, f32` };
    },
    async losses(sizes, documents) {
      const { tokens, targets, positions, starts } = packDocuments(documents);
      const arrays = Object.entries({ tokens, targets, positions, starts });
      const batch = Object.fromEntries(arrays.map(([name, values]) => [name, [...values]]));
      const batches = Array.from({ length: 5 }, () => batch);
      return (await askPyTorch({ ...job, config: sizes.config, mode: "steps", batches })).losses;
    },
  };
}

function measuredPeer(runs: readonly PeerRun[]): TrainingMeasured {
  return {
    name: "pytorch",
    description: runs[0].description,
    runs,
    peakBytes: Math.max(...runs.map(({ peakBytes }) => peakBytes)),
  };
}
