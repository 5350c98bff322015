/** Models in this browser: open a file, fetch from an address, remove. */
import { useRef } from "preact/hooks";
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { formatBytes } from "../base/format.ts";
import type { BrowserEngine } from "../engine/browser.ts";
import { FetchForm } from "./fetch-form.tsx";
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
      <WorkBar />
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
            <button type="button" class="button small" onClick={() => app.chatWith(model.name)}>
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
        <FetchForm placeholder="hf:owner/repo:Q4_0 or https://host/model.gguf" />
      </div>
    </section>
  );
}
