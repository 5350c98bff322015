/** What concerns the whole page: look, key, and all chats in and out. */
import { useRef } from "preact/hooks";
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { THEMES } from "../settings/preferences.ts";
import { Dialog } from "./dialog.tsx";
import { downloadEverything, importFiles } from "./exports.ts";
import { Icon } from "./icons.tsx";

export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const app = useApp();
  const { theme, key } = useCell(app.preferences.cell);
  const files = useRef<HTMLInputElement>(null);
  return (
    <Dialog title="Settings" onClose={onClose}>
      <fieldset class="field">
        <legend>Look</legend>
        <div class="segments">
          {THEMES.map(([name, label]) => (
            <label key={name}>
              <input
                type="radio"
                name="theme"
                checked={theme === name}
                onChange={() => app.preferences.change({ theme: name })}
              />
              <span>{label}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {app.engine.kind === "server" && (
        <label class="field">
          <span>Key of the server</span>
          <input
            class="input"
            type="password"
            autocomplete="off"
            placeholder="None"
            value={key}
            onChange={({ currentTarget }) => {
              app.preferences.change({ key: currentTarget.value.trim() });
              void app.refresh();
            }}
          />
          <small>Kept in this browser, sent to this server only.</small>
        </label>
      )}
      <div class="field">
        <h3>Chats</h3>
        <div class="row wrap">
          <button type="button" class="button" onClick={() => void downloadEverything(app)}>
            <Icon name="download" /> Export all
          </button>
          <button type="button" class="button" onClick={() => files.current?.click()}>
            <Icon name="upload" /> Import
          </button>
          <input
            ref={files}
            id="import"
            type="file"
            accept=".json,.jsonl,application/json"
            multiple
            hidden
            onChange={({ currentTarget }) => {
              void importFiles(app, [...(currentTarget.files ?? [])]);
              currentTarget.value = "";
              onClose();
            }}
          />
        </div>
        <small>
          Imports Cria's own files, OpenAI messages and ShareGPT. Chats are kept in this browser and nowhere
          else.
        </small>
      </div>
    </Dialog>
  );
}
