/** The parsed values, under the names of the library's options. */
import type { GenerateOptions } from "../generation/index.ts";
import type { LoadOptions } from "../library/load.ts";
import type { LogForm } from "../server/log.ts";

/** Options of all verbs together; a verb gets those of its own groups. Absent options were not given. */
export interface OptionValues extends LoadOptions, Omit<GenerateOptions, "contextShift" | "signal"> {
  readonly threads?: number;
  /** File of a JSON Schema; of a grammar. */
  readonly schema?: string;
  readonly grammar?: string;
  readonly regex?: string;
  readonly choices?: readonly string[];
  readonly jsonMode?: boolean;
  readonly contextShift?: boolean;
  readonly keep?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly prompt?: string;
  readonly file?: string;
  readonly bos?: boolean;
  readonly parseSpecial?: boolean;
  readonly system?: string;
  readonly model?: string;
  readonly eachLine?: boolean;
  readonly template?: string;
  readonly tensors?: boolean;
  readonly detokenize?: boolean;
  readonly count?: boolean;
  readonly ids?: boolean;
  readonly to?: string;
  readonly dtype?: string;
  readonly shards?: number;
  readonly maxShardSize?: number;
  readonly llama2cVersion?: number;
  readonly tie?: boolean;
  readonly force?: boolean;
  readonly generate?: number;
  readonly repeat?: number;
  readonly vs?: readonly string[];
  readonly cold?: boolean;
  readonly patience?: number;
  readonly check?: boolean;
  readonly output?: string;
  readonly source?: readonly string[];
  readonly weight?: readonly string[];
  readonly heldOut?: number;
  readonly heldOutSource?: readonly string[];
  readonly field?: readonly string[];
  readonly format?: string;
  readonly eos?: boolean;
  readonly skipBad?: boolean;
  readonly train?: boolean;
  readonly shape?: string;
  readonly length?: number;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly samples?: number;
  readonly tokens?: number;
  readonly documents?: number;
  readonly learn?: string;
  readonly long?: string;
  readonly lora?: readonly string[];
  readonly method?: string;
  readonly recipe?: string;
  readonly rank?: number;
  readonly alpha?: number;
  readonly dropout?: number;
  readonly targets?: readonly string[];
  readonly epochs?: number;
  readonly steps?: number;
  readonly rate?: number;
  readonly rows?: number;
  readonly base?: string;
  readonly connections?: number;
  readonly limit?: number;
  readonly host?: string;
  readonly port?: number;
  readonly tracker?: readonly string[];
  readonly webSeed?: readonly string[];
  readonly private?: boolean;
  readonly maxPeers?: number;
  readonly allowLocal?: boolean;
  readonly uploads?: number;
  readonly apiKeyFile?: string;
  readonly open?: boolean;
  readonly isolate?: boolean;
  readonly cors?: readonly string[];
  readonly allowPull?: boolean;
  readonly allowHost?: readonly string[];
  readonly memory?: number;
  readonly keepAlive?: number;
  readonly sessionFolder?: string;
  readonly adapter?: readonly string[];
  readonly maxQueue?: number;
  readonly maxPerClient?: number;
  readonly maxBody?: number;
  readonly maxSeconds?: number;
  readonly drain?: number;
  readonly log?: LogForm;
  readonly logText?: boolean;
}

/** Runs a verb; returns the exit code. */
export type VerbAction = (args: readonly string[], values: OptionValues) => Promise<number>;

const GENERATE_KEYS = [
  "temperature",
  "topK",
  "topP",
  "minP",
  "typical",
  "repeatPenalty",
  "repeatLastN",
  "presencePenalty",
  "frequencyPenalty",
  "seed",
  "ignoreEos",
  "compat",
  "maxTokens",
  "stop",
  "logprobs",
  "speculate",
] as const satisfies readonly (keyof GenerateOptions)[];

/** The options for `generate` and `chat`. */
export function generateOptions(values: OptionValues): GenerateOptions {
  const given = GENERATE_KEYS.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]]));
  const shift = values.contextShift === true ? { contextShift: { keep: values.keep ?? 0 } } : {};
  return { ...Object.fromEntries(given), ...shift };
}

/** "path" or "path=scale". A path that ends in "=number" needs a scale after it. */
export function parseAdapter(text: string): { readonly path: string; readonly scale?: number } {
  const [, path, scale] = /^(.+)=([+-]?(?:\d+\.?\d*|\.\d+))$/.exec(text) ?? [];
  return path === undefined ? { path: text } : { path, scale: Number(scale) };
}

/** The options for `load`. One sequence at a time: a larger cache would be unused. */
export function loadOptions(values: OptionValues): LoadOptions {
  const { tokenizer, context, backend, threads, cacheType, precision, mmap, draft, lora } = values;
  const adapters = lora?.map(parseAdapter);
  return { tokenizer, context, backend, threads, cacheType, precision, mmap, draft, adapters, parallel: 1 };
}
