/** The models: what they are, what they need, and what they do now. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { formatBytes, formatCount, formatNumber } from "../base/format.ts";
import type { EngineState, ModelState } from "../engine/engine.ts";
import { BrowserModels } from "./browser-models.tsx";
import { FetchForm } from "./fetch-form.tsx";
import { Icon } from "./icons.tsx";
import { ShowChats } from "./show-chats.tsx";
import { Throughput } from "./throughput.tsx";
import { WorkBar } from "./work-bar.tsx";

/** Milliseconds between two looks while the page shows the models. */
const LOOK_EVERY = 1000;

export function ModelsView() {
  const app = useApp();
  const state = useCell(app.state);
  useEffect(() => {
    const timer = setInterval(() => void app.refresh(), LOOK_EVERY);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="models-view">
      <header class="chat-head">
        <ShowChats />
        <h1 class="chat-title">Models</h1>
        <a class="button" href="#/">
          Back to chat
        </a>
      </header>
      <div class="models-body" tabIndex={0} role="region" aria-label="Models and figures">
        {app.browserEngine === undefined ? (
          <ServerModels canPull={state?.canPull === true} />
        ) : (
          <BrowserModels engine={app.browserEngine} />
        )}
        {state === undefined ? <p class="soft">Waiting for the engine …</p> : <States state={state} />}
      </div>
    </div>
  );
}

function States({ state }: { readonly state: EngineState }) {
  return (
    <>
      <LiveFigures state={state} />
      <ul class="model-cards">
        {state.models.map((model) => (
          <ModelCard
            key={model.name}
            model={model}
            adapters={state.adapters.filter(({ base }) => base === model.name)}
          />
        ))}
      </ul>
    </>
  );
}

/** Tokens per second, from what the counters gained between two looks. */
function LiveFigures({ state }: { readonly state: EngineState }) {
  const last = useRef<{ readonly at: number; readonly tokens: number } | undefined>(undefined);
  const [rates, setRates] = useState<readonly (readonly [at: number, rate: number])[]>([]);
  useEffect(() => {
    const now = { at: Date.now() / 1000, tokens: state.totals.tokens };
    const before = last.current;
    last.current = now;
    if (before === undefined || now.at <= before.at) return;
    const rate = Math.max(0, (now.tokens - before.tokens) / (now.at - before.at));
    setRates((known) => [...known.slice(-119), [now.at, rate]]);
  }, [state]);
  const sum = (count: (model: ModelState) => number): number =>
    state.models.reduce((total, model) => total + count(model), 0);
  const { totals, residentBytes } = state;
  const prompt = totals.promptTokens + totals.cachedTokens;
  const tiles: readonly (readonly [label: string, value: string])[] = [
    ["Running", formatNumber(sum(({ activity }) => activity?.running ?? 0))],
    ["Waiting", formatNumber(sum(({ activity }) => activity?.waiting ?? 0))],
    ["Tokens generated", formatNumber(totals.tokens)],
    ["Prompt from the cache", prompt === 0 ? "–" : `${Math.round((100 * totals.cachedTokens) / prompt)} %`],
    ...(residentBytes === undefined ? [] : [["Memory", formatBytes(residentBytes)] as const]),
  ];
  return (
    <section class="live" aria-label="Now">
      <dl class="tiles">
        {tiles.map(([label, value]) => (
          <div key={label} class="tile">
            <dt>{label}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <Throughput rates={rates} />
    </section>
  );
}

interface CardProps {
  readonly model: ModelState;
  readonly adapters: EngineState["adapters"];
}

function ModelCard({ model, adapters }: CardProps) {
  const { name, isLoaded, about, activity, memoryBytes, places } = model;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Parameters", about?.parameterCount === undefined ? undefined : formatCount(about.parameterCount)],
    ["File", about === undefined ? undefined : `${formatBytes(about.fileBytes)}, ${about.format}`],
    ["Bits per weight", about?.bitsPerWeight?.toFixed(2)],
    ["Memory with cache", memoryBytes === 0 ? undefined : formatBytes(memoryBytes)],
    ["Context", activity === undefined ? undefined : `${formatNumber(activity.context)} tokens`],
    [
      "Trained for",
      about?.trainedContext === undefined ? undefined : `${formatNumber(about.trainedContext)} tokens`,
    ],
    ["Licence", about?.license],
    ["Engine", activity?.backend],
    ["Texts at once", places === 1 ? undefined : formatNumber(places)],
  ];
  return (
    <li class="model-card">
      <header>
        <h2>{name}</h2>
        <span class={`badge ${isLoaded ? "on" : ""}`}>{isLoaded ? "Loaded" : "On demand"}</span>
      </header>
      {about?.title !== undefined && about.title !== name && <p class="soft">{about.title}</p>}
      <dl class="facts">
        {facts.map(
          ([label, value]) =>
            value !== undefined && (
              <div key={label}>
                <dt>{label}</dt>
                <dd>
                  <bdi>{value}</bdi>
                </dd>
              </div>
            ),
        )}
      </dl>
      {about !== undefined && <Types about={about} />}
      {activity !== undefined && <CacheUse activity={activity} />}
      {about?.obligations !== undefined && about.obligations.length > 0 && (
        <ul class="obligations">
          {about.obligations.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {about?.hasChatTemplate === false && (
        <p class="soft">It has no chat template: it continues what you write.</p>
      )}
      {adapters.length > 0 && <p class="soft">Adapters: {adapters.map((each) => each.name).join(", ")}</p>}
    </li>
  );
}

function Types({ about: { types } }: { readonly about: NonNullable<ModelState["about"]> }) {
  const total = types.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return (
    <div class="types">
      <div class="bar" aria-hidden="true">
        {types.map(({ dtype, byteLength }, i) => (
          <span key={dtype} class={`share share-${i % 5}`} style={{ flexGrow: byteLength / total }} />
        ))}
      </div>
      <ul>
        {types.map(({ dtype, tensors, byteLength }, i) => (
          <li key={dtype}>
            <i class={`share-${i % 5}`} /> {dtype}{" "}
            <span class="soft">
              {formatBytes(byteLength)}, {tensors} tensors
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function CacheUse({
  activity: { cachePages, cacheBytes, running, waiting },
}: {
  readonly activity: NonNullable<ModelState["activity"]>;
}) {
  const used = cachePages.total - cachePages.available;
  return (
    <div class="cache-use">
      <meter min={0} max={cachePages.total} value={used} aria-label="Pages of the cache in use" />
      <span class="soft">
        {formatNumber(used)} of {formatNumber(cachePages.total)} cache pages in use ({formatBytes(cacheBytes)}
        ); {running} running, {waiting} waiting
      </span>
    </div>
  );
}

/** How a server gets models: from here if that is permitted, else by the person who runs it. */
function ServerModels({ canPull }: { readonly canPull: boolean }) {
  if (canPull)
    return (
      <section class="browser-models" aria-label="Fetch a model">
        <WorkBar />
        <FetchForm placeholder="hf:owner/repo:Q4_0" />
      </section>
    );
  return (
    <p class="note plain">
      <Icon name="download" size={16} />
      <span>
        Fetch another model with <code>cria pull hf:owner/repo</code>, then serve it:{" "}
        <code>cria serve hf:owner/repo</code>. With <code>--allow-pull</code> this page may fetch models.
      </span>
    </p>
  );
}
