/** Models in this browser: open a file, fetch from an address, remove. */
import { useRef, useState } from "preact/hooks";
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { formatBytes } from "../base/format.ts";
import type { BrowserEngine } from "../engine/browser.ts";
import type { LicenceTerms } from "../engine/protocol.ts";
import { Icon } from "./icons.tsx";
import { WorkBar } from "./work-bar.tsx";

export function BrowserModels({ engine }: { readonly engine: BrowserEngine }) {
  const app = useApp();
  const models = useCell(engine.shelf.models);
  const files = useRef<HTMLInputElement>(null);
  return (
    <section class="browser-models" aria-label="Models in this browser">
      <p class="soft">
        These models run in this browser.{" "}
        {crossOriginIsolated
          ? "The engine uses all processors."
          : "The engine uses one processor, because this page is not isolated from others."}
      </p>
      <WorkBar engine={engine} />
      <ul class="shelf">
        {models.map((model) => (
          <li key={model.name}>
            <Icon name="cube" />
            <span class="grow">
              {model.name}{" "}
              <span class="soft">
                {model.byteLength === undefined ? "comes with the page" : formatBytes(model.byteLength)}
                {model.source.kind === "memory" && ", until the page is closed"}
              </span>
            </span>
            <button
              type="button"
              class="button small"
              onClick={() => {
                app.changeSettings({ model: model.name });
                app.newChat();
              }}
            >
              Chat
            </button>
            {model.source.kind !== "package" && (
              <button
                type="button"
                class="button quiet small icon-only"
                aria-label={`Remove ${model.name}`}
                onClick={() => void engine.remove(model).then(() => app.toast(`Removed ${model.name}`))}
              >
                <Icon name="trash" size={16} />
              </button>
            )}
          </li>
        ))}
      </ul>
      <div class="row wrap">
        <button type="button" class="button" onClick={() => files.current?.click()}>
          <Icon name="upload" /> Open a GGUF file
        </button>
        <input
          ref={files}
          id="model-file"
          type="file"
          accept=".gguf"
          hidden
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file !== undefined) void app.addModelFile(file);
            currentTarget.value = "";
          }}
        />
        <FetchForm engine={engine} />
      </div>
    </section>
  );
}

function FetchForm({ engine }: { readonly engine: BrowserEngine }) {
  const app = useApp();
  const [reference, setReference] = useState("");
  const [running, setRunning] = useState<AbortController | undefined>(undefined);
  const [terms, setTerms] = useState<LicenceTerms | undefined>(undefined);
  const [problem, setProblem] = useState("");
  const start = async (accepts: boolean): Promise<void> => {
    const abort = new AbortController();
    let asked: LicenceTerms | undefined;
    setRunning(abort);
    setProblem("");
    setTerms(undefined);
    try {
      const ask = (found: LicenceTerms): void => {
        asked = found;
      };
      await engine.fetchModel(reference.trim(), { accepts, signal: abort.signal, terms: ask });
      app.toast("The model is here");
      setReference("");
    } catch (error) {
      if (asked !== undefined) setTerms(asked);
      else
        setProblem(
          abort.signal.aborted
            ? "Stopped. What has come is kept; fetch again to go on."
            : (error as Error).message,
        );
    } finally {
      setRunning(undefined);
    }
  };
  return (
    <form
      class="fetch-form grow"
      onSubmit={(event) => {
        event.preventDefault();
        void start(false);
      }}
    >
      <div class="row">
        <input
          class="input grow"
          aria-label="Address of a model"
          placeholder="hf:owner/repo:Q4_0 or https://host/model.gguf"
          value={reference}
          onInput={({ currentTarget }) => setReference(currentTarget.value)}
        />
        {running === undefined ? (
          <button type="submit" class="button" disabled={reference.trim() === ""}>
            <Icon name="download" /> Fetch
          </button>
        ) : (
          <button type="button" class="button" onClick={() => running.abort()}>
            Stop
          </button>
        )}
      </div>
      {problem !== "" && (
        <p class="note danger" role="alert">
          {problem}
        </p>
      )}
      {terms !== undefined && (
        <div class="note" role="alert">
          <span>
            This model has the licence <strong>{terms.license}</strong>, with its own terms.
            <pre class="terms">{terms.text}</pre>
            <button type="button" class="button small primary" onClick={() => void start(true)}>
              Accept and fetch
            </button>
          </span>
        </div>
      )}
    </form>
  );
}
