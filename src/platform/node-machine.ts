/** The description of the machine for `cria doctor`. Only reads system information. */
import { readFileSync } from "node:fs";
import { arch, cpus, freemem, type as osType, release } from "node:os";
import { fileURLToPath } from "node:url";
import { type MappingSupport, mappingSupport } from "./node-map.ts";
import { memoryBytes } from "./node-memory.ts";
import { ownUrl, packageUrl } from "./node-place.ts";
import { processorCount } from "./node-processors.ts";

export interface MachineDescription {
  readonly versions: { readonly cria: string; readonly node: string; readonly v8: string };
  /** "Linux 6.8.0", and Node's name of the CPU architecture. */
  readonly system: { readonly name: string; readonly arch: string };
  readonly cpu: {
    /** "unknown" if the system does not report it. */
    readonly model: string;
    /** Number of cores that this process may use; containers often allow fewer than exist. */
    readonly cores: number;
    /**
     * Instruction sets that are relevant to kernels, by Linux's names (avx2, avx512f, …); undefined: unknown.
     */
    readonly features?: readonly string[];
  };
  /** In bytes. Inside a container with a limit, the total is that limit. */
  readonly memory: { readonly total: number; readonly free: number };
  readonly mapping: MappingSupport;
}

/** Features that are relevant to Cria's kernels, by Linux's names; arm64 names come last. */
const INTERESTING = new Set([
  "sse4_1",
  "sse4_2",
  "avx",
  "avx2",
  "fma",
  "f16c",
  "bmi2",
  "avx_vnni",
  "avx512f",
  "avx512bw",
  "avx512dq",
  "avx512vl",
  "avx512_vnni",
  "avx512_bf16",
  "avx512_fp16",
  "amx_tile",
  "amx_int8",
  "amx_bf16",
  "asimd",
  "asimddp",
  "asimdhp",
  "i8mm",
  "bf16",
  "sve",
  "sve2",
]);

/** sysctl's names of the same features, where macOS uses different names. */
const MACOS_NAMES: Record<string, string> = {
  "sse4.1": "sse4_1",
  "sse4.2": "sse4_2",
  avx1_0: "avx",
  "avx1.0": "avx",
  neon: "asimd",
  feat_dotprod: "asimddp",
  feat_fp16: "asimdhp",
  feat_i8mm: "i8mm",
  feat_bf16: "bf16",
};

function linuxFeatures(): string[] {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"));
  return (line?.[1] ?? "").split(/\s+/);
}

function macFeatures(): string[] {
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  const ask = (name: string) => execFileSync("sysctl", [name], { encoding: "utf8", timeout: 5000 });
  if (arch() !== "arm64") {
    const words = `${ask("machdep.cpu.features")} ${ask("machdep.cpu.leaf7_features")}`
      .toLowerCase()
      .split(/\s+/);
    return words.map((word) => MACOS_NAMES[word] ?? word);
  }
  const set = [...ask("hw.optional").matchAll(/^hw\.optional\.(?:arm\.)?(\S+): 1$/gm)];
  return set.map(([, word]) => MACOS_NAMES[word.toLowerCase()] ?? word.toLowerCase());
}

const FEATURES: Partial<Record<NodeJS.Platform, () => string[]>> = {
  linux: linuxFeatures,
  darwin: macFeatures,
};

function cpuFeatures(): string[] | undefined {
  try {
    const found = FEATURES[process.platform]?.();
    return found?.filter((feature, i) => INTERESTING.has(feature) && found.indexOf(feature) === i);
  } catch {
    return undefined; // no /proc, or no sysctl: unknown
  }
}

/** The version of the package; "unknown" if it is bundled into another program. */
export function ownVersion(): string {
  try {
    const found: unknown = JSON.parse(readFileSync(packageUrl("package.json"), "utf8"));
    const version = (found as { version?: unknown } | null)?.version;
    return typeof version === "string" ? version : "unknown";
  } catch {
    return "unknown"; // bundled into another program
  }
}

function tryMapping(): MappingSupport {
  try {
    return mappingSupport(fileURLToPath(ownUrl()));
  } catch (error) {
    return { works: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Describes the machine. Takes some milliseconds. */
export function describeMachine(): MachineDescription {
  const features = cpuFeatures();
  return {
    versions: { cria: ownVersion(), node: process.versions.node, v8: process.versions.v8 },
    system: { name: `${osType()} ${release()}`, arch: arch() },
    cpu: {
      model: cpus()[0]?.model.trim() || "unknown",
      cores: processorCount(),
      ...(features === undefined ? {} : { features }),
    },
    memory: { total: memoryBytes(), free: freemem() },
    mapping: tryMapping(),
  };
}
