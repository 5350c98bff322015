/** `cria serve`: a server of models, until it is told to stop. */
import { isIP } from "node:net";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError, FileError, RequestError } from "../base/errors.ts";
import { pull } from "../hub/index.ts";
import { aboutModel } from "../library/about.ts";
import { inspectModel } from "../library/inspect.ts";
import { load } from "../library/load.ts";
import { DEFAULTS } from "../model/defaults.ts";
import { platform } from "../platform/node.ts";
import { ownVersion } from "../platform/node-machine.ts";
import { packageUrl } from "../platform/node-place.ts";
import {
  type AdapterSpec,
  createLog,
  createServer,
  type FetchModel,
  KeyRing,
  type Listening,
  listen,
  ModelRegistry,
  type ModelSpec,
  PageFiles,
  SERVER_DEFAULTS,
  type ServerOptions,
} from "../server/index.ts";
import { EXIT } from "./exit-codes.ts";
import { resolveModel, shippedModel } from "./model-argument.ts";
import { warn } from "./session.ts";
import { readTemplate } from "./template-option.ts";
import { readTextFile } from "./text-file.ts";
import { loadOptions, type OptionValues, type VerbAction } from "./values.ts";

export const serve: VerbAction = async (args, values) => {
  const host = values.host ?? SERVER_DEFAULTS.host;
  const keys =
    values.apiKeyFile === undefined ? undefined : new KeyRing(readTextFile(values.apiKeyFile).split("\n"));
  checkExposure(host, keys !== undefined, values);
  const specs = await modelSpecs(args, values);
  const form = values.log ?? (process.stderr.isTTY ? "pretty" : "json");
  const log = createLog(form, process.stderr);
  const models = new ModelRegistry(specs, {
    adapters: adapterSpecs(values, specs),
    memoryBytes: values.memory,
    keepAliveMs: values.keepAlive === undefined ? undefined : values.keepAlive * 1000,
    onChange: (name, change, seconds) =>
      log.info({ model: name, seconds: Number(seconds.toFixed(3)) }, `model ${change}`),
  });
  const stopped = stopSignal();
  const server = createServer(models, {
    ...serverOptions(values),
    keys,
    log,
    page: await chatPage(),
    fetchModel: values.allowPull === true ? fetching(values) : undefined,
  });
  const port = values.port ?? SERVER_DEFAULTS.port;
  const listening = await listen(server, { host, port }).catch((error) => {
    throw addressError(host, port, error);
  });
  try {
    process.stdout.write(`${listening.url}\n`);
    await Promise.race([server.prepare(), stopped]);
    if (server.context.isReady)
      log.info({ url: listening.url, models: specs.map(({ name }) => name) }, "ready");
    await stopped;
    log.info({}, "stopping");
    await stop(listening, values);
  } finally {
    await listening.drain(0);
    await models.dispose();
  }
  log.info({}, "stopped");
  return EXIT.ok;
};

/** The system's codes for addresses that cannot be used. */
const ADDRESS_ADVICE: Readonly<Record<string, { readonly found: string; readonly fix: string }>> = {
  EADDRINUSE: { found: "another program uses this port", fix: "choose another with --port" },
  EADDRNOTAVAIL: { found: "this machine does not have this address", fix: "choose another with --host" },
  ENOTFOUND: { found: "there is no such address", fix: "choose another with --host" },
  EACCES: { found: "the system does not permit this port", fix: "choose one above 1023 with --port" },
};

function addressError(host: string, port: number, cause: unknown): RequestError {
  const advice = ADDRESS_ADVICE[(cause as { code?: string }).code ?? ""] ?? { found: String(cause) };
  return new RequestError({ doing: `listen at ${host}, port ${port}`, ...advice, cause });
}

/** Resolves at SIGTERM or Ctrl-C. A second signal ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (): void => {
      if (isStopping) process.exit(EXIT.interrupted);
      isStopping = true;
      resolve();
    };
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  });
}

async function stop(listening: Listening, { drain = 30 }: OptionValues): Promise<void> {
  if (!(await listening.drain(drain))) warn(`requests still ran after ${drain} seconds and were ended`);
}

/** @throws ConfigError where others could use the server without a key. */
function checkExposure(host: string, hasKeys: boolean, { open }: OptionValues): void {
  if (isLoopback(host) || hasKeys) return;
  if (open !== true) {
    throw new ConfigError({
      doing: `listen at ${host}`,
      found: "a server that anyone who reaches it may use",
      fix: "give --api-key-file, or --open if that is intended",
    });
  }
  warn(`anyone who reaches ${host} may use this server: it asks for no key`);
}

function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

function serverOptions(values: OptionValues): ServerOptions {
  return {
    hosts: values.allowHost,
    origins: values.cors,
    maxBodyBytes: values.maxBody,
    maxQueue: values.maxQueue,
    maxPerClient: values.maxPerClient,
    maxSeconds: values.maxSeconds,
    isolate: values.isolate,
    logText: values.logText,
    version: ownVersion(),
    speculate: values.speculate,
    template: values.template === undefined ? undefined : readTemplate(values.template),
    sessionFolder: values.sessionFolder,
  };
}

/** Fetches a model that a request names, and offers it with the options of all others. */
function fetching(values: OptionValues): FetchModel {
  return async (reference, options) => {
    const found = await pull(reference, options);
    return modelSpec(found.reference, values);
  };
}

/** The page of the package, told that a server answers it; the package's model lies beside it. */
async function chatPage(): Promise<PageFiles | undefined> {
  const model = await shippedModel();
  return PageFiles.open(fileURLToPath(packageUrl("dist/web")), {
    texts: { "/page.json": JSON.stringify({ engine: "server" }) },
    others: model === undefined ? {} : { [`/${basename(model)}`]: model },
  });
}

/** The models of the command line: `PATH` or `NAME=PATH`. Their headers are read at once, so that errors show early. */
async function modelSpecs(args: readonly string[], values: OptionValues): Promise<ModelSpec[]> {
  const shipped = await shippedModel();
  const given = args.length > 0 || shipped === undefined ? args : [shipped];
  if (given.length === 0) {
    throw new RequestError({
      doing: "serve",
      expected: "a model",
      found: "none",
      fix: "name a file or folder: cria serve model.gguf",
    });
  }
  const specs = await Promise.all(given.map((argument) => modelSpec(argument, values)));
  const names = specs.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return specs;
  throw new RequestError({
    doing: "serve",
    expected: "names that differ",
    found: `two models "${twice}"`,
    fix: "name them: cria serve a=PATH b=PATH",
  });
}

/** `NAME=PATH`, for the first model. The files are read when a request first names them, but must exist now. */
function adapterSpecs({ adapter = [] }: OptionValues, specs: readonly ModelSpec[]): AdapterSpec[] {
  return adapter.map((given, i) => {
    const [, name, path] = /^([\w.:@-]+)=(.+)$/.exec(given) ?? [];
    const taken = [
      ...specs.map((spec) => spec.name),
      ...adapter.slice(0, i).map((other) => other.split("=")[0]),
    ];
    if (name === undefined || path === undefined || taken.includes(name)) {
      const found = JSON.stringify(given.slice(0, 60));
      throw new RequestError({
        doing: "use --adapter",
        expected: "NAME=PATH, with a name of its own",
        found,
      });
    }
    if (platform.status(path) === undefined)
      throw new FileError({
        doing: `open "${path}"`,
        found: "there is no such file or folder",
        fix: "check the path",
      });
    return { name, path, base: specs[0].name };
  });
}

async function modelSpec(argument: string, values: OptionValues): Promise<ModelSpec> {
  const [, named, given] = /^([\w.:@-]+)=(.+)$/.exec(argument) ?? [undefined, undefined, argument];
  const path = await resolveModel(given, values);
  const { tokenizer, context } = values;
  const description = await inspectModel(path, { tokenizer, context });
  const { memory, problem } = description;
  if (problem !== undefined) throw new ConfigError({ doing: `serve "${path}"`, found: problem });
  const { cacheMemory, maxGap = SERVER_DEFAULTS.maxGap } = values;
  const places = values.parallel ?? DEFAULTS.parallel;
  const draft = values.draft === undefined ? undefined : await inspectModel(values.draft, { context });
  const drafting = (draft?.memory?.weights ?? 0) + places * (draft?.memory?.cache ?? 0);
  return {
    name:
      named ??
      basename(given === path ? path : given.replace(/:/g, "-")).replace(
        /\.(?:gguf|bin|pth|pt|safetensors)$/i,
        "",
      ),
    created: Math.floor(Date.now() / 1000),
    places,
    byteLength: (memory?.weights ?? 0) + (cacheMemory ?? places * (memory?.cache ?? 0)) + drafting,
    about: aboutModel(description),
    load: (signal) => load(path, { ...loadOptions(values), parallel: places, cacheMemory, maxGap, signal }),
  };
}
