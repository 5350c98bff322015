/** `cria doctor`: what the machine offers, what Cria uses of it, and possible improvements. */

import { BACKEND_NAMES } from "../engine/backend/names.ts";
import { selectBackend } from "../engine/backend/select.ts";
import { hubSettings } from "../hub/index.ts";
import { describeMachine, type MachineDescription, platform } from "../platform/node.ts";
import { colorsFor } from "./colors.ts";
import { EXIT } from "./exit-codes.ts";
import { columns } from "./table.ts";
import { formatBytes, jsonLine, printable } from "./text.ts";
import type { OptionValues, VerbAction } from "./values.ts";

interface ChosenBackend {
  readonly name: string;
  readonly description: string;
  readonly why: string;
  readonly available: readonly string[];
}

export const doctor: VerbAction = async (_args, values) => {
  const machine = describeMachine();
  const backend = await chooseBackend(values);
  const store = await describeStore();
  const advice = adviceFor(machine);
  process.stdout.write(
    values.json === true
      ? jsonLine({ ...machine, backend, store, advice })
      : report(machine, backend, store, advice),
  );
  return EXIT.ok;
};

async function chooseBackend({ backend: asked }: OptionValues): Promise<ChosenBackend> {
  const { backend, passedOver } = await selectBackend(platform, { name: asked });
  const { name, description } = backend;
  backend.dispose();
  const best = ["the best that works here", ...new Set(passedOver)].join("; ");
  const why = asked === undefined ? best : "requested by --backend or CRIA_BACKEND";
  return { name, description, why, available: BACKEND_NAMES };
}

interface StoreDescription {
  readonly folder: string;
  readonly freeBytes: number | undefined;
  readonly endpoint: string;
  /** Whether there is a token. Never the token. */
  readonly hasToken: boolean;
  readonly offline: boolean;
}

async function describeStore(): Promise<StoreDescription> {
  const { cacheFolder: folder, endpoint, token, offline } = await hubSettings();
  const freeBytes = await platform.disk.freeBytes(folder);
  return { folder, freeBytes, endpoint, hasToken: token !== undefined, offline };
}

const GIB = 1024 ** 3;

interface Advice {
  readonly applies: (machine: MachineDescription) => boolean;
  readonly text: (machine: MachineDescription) => string;
}

const ADVICE: readonly Advice[] = [
  {
    applies: ({ versions }) => olderThan(versions.node, [20, 19]),
    text: ({ versions }) => `Node ${versions.node} is older than 20.19, the oldest supported version.`,
  },
  {
    applies: ({ mapping }) => !mapping.works,
    text: ({ mapping }) =>
      `Files are read into memory and WebAssembly computes (${mapping.reason ?? "unknown reason"}): ` +
      "large models are slower and take more memory; npm install koffi helps if it is missing.",
  },
  {
    applies: ({ memory }) => memory.free < GIB,
    text: ({ memory }) =>
      `Only ${formatBytes(memory.free)} of memory are free; cria show MODEL reports how much a model needs.`,
  },
];

/** Suggestions for the user. */
function adviceFor(machine: MachineDescription): string[] {
  return ADVICE.filter(({ applies }) => applies(machine)).map(({ text }) => text(machine));
}

function olderThan(version: string, [major, minor]: readonly [number, number]): boolean {
  const [foundMajor, foundMinor] = version.split(".").map(Number);
  return foundMajor < major || (foundMajor === major && foundMinor < minor);
}

function report(
  machine: MachineDescription,
  backend: ChosenBackend,
  store: StoreDescription,
  advice: readonly string[],
): string {
  const { versions, system, cpu, memory, mapping } = machine;
  const features = cpu.features === undefined ? "unknown" : cpu.features.join(" ") || "none relevant";
  const koffi = mapping.koffiVersion === undefined ? "" : `, koffi ${mapping.koffiVersion}`;
  const rows = [
    ["cria", versions.cria],
    ["node", `${versions.node} (V8 ${versions.v8})`],
    ["system", `${system.name}, ${system.arch}`],
    ["processor", cpu.model],
    ["cores", `${cpu.cores} for this process`],
    ["features", features],
    ["memory", `${formatBytes(memory.total)}, ${formatBytes(memory.free)} free`],
    ["mapped files", mapping.works ? `yes${koffi}` : `no: ${mapping.reason ?? "unknown reason"}`],
    ["models", `${printable(store.folder)}, ${formatBytes(store.freeBytes ?? 0)} free`],
    ["hub", hubText(store)],
    ["backend", `${backend.name}, ${backend.why}: ${backend.description}`],
  ];
  const yellow = colorsFor(process.stdout).yellow;
  const last = advice.length === 0 ? ["Nothing to improve."] : advice.map((text) => yellow(text));
  return `${columns(rows)}\n\n${last.join("\n")}\n`;
}

function hubText({ endpoint, hasToken, offline }: StoreDescription): string {
  const access = offline ? "not used (HF_HUB_OFFLINE)" : hasToken ? "with a token" : "without a token";
  return `${printable(endpoint)}, ${access}`;
}
