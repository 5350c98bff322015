/** What the chat asks of the model: system prompt, sampling, form of the answer, presets. */
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import type { AnswerForm, ChatSettings } from "../settings/chat-settings.ts";
import { GROUPS, PARAMETERS, type ParameterRow } from "../settings/parameters.ts";
import { BUILT_IN, type Preset } from "../settings/presets.ts";
import { Icon } from "./icons.tsx";

export function ParametersDrawer() {
  const app = useApp();
  useCell(app.store.conversations);
  useCell(app.store.open);
  useCell(app.preferences.cell);
  const { settings } = app;
  const change = (fields: Partial<ChatSettings>): void => app.changeSettings(fields);
  return (
    <aside class="drawer" aria-label="Parameters">
      <header class="drawer-head">
        <h2>Parameters</h2>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label="Close the parameters"
          onClick={() => app.preferences.change({ hasDrawer: false })}
        >
          <Icon name="close" />
        </button>
      </header>
      <div class="drawer-body">
        <Presets settings={settings} change={change} />
        <label class="field">
          <span>System prompt</span>
          <textarea
            class="input"
            rows={3}
            dir="auto"
            placeholder="How the model should behave"
            value={settings.system}
            onInput={({ currentTarget }) => change({ system: currentTarget.value })}
          />
        </label>
        {GROUPS.map(([group, title], i) => (
          <details key={group} class="group" open={i === 0}>
            <summary>{title}</summary>
            {PARAMETERS.filter((row) => row.group === group).map((row) => (
              <ParameterField
                key={row.field}
                row={row}
                value={settings.parameters[row.field]}
                onChange={(value) => change({ parameters: withValue(settings.parameters, row.field, value) })}
              />
            ))}
            {i === 0 && <SeedAndStop settings={settings} change={change} />}
          </details>
        ))}
        <FormOfAnswer settings={settings} change={change} />
        <label class="check">
          <input
            type="checkbox"
            checked={settings.hasProbabilities}
            onChange={({ currentTarget }) => change({ hasProbabilities: currentTarget.checked })}
          />
          <span>
            Token probabilities
            <small>Shows what else the model could have said, and branches from it</small>
          </span>
        </label>
      </div>
    </aside>
  );
}

interface PartProps {
  readonly settings: ChatSettings;
  readonly change: (fields: Partial<ChatSettings>) => void;
}

function withValue(
  parameters: ChatSettings["parameters"],
  field: string,
  value: number | undefined,
): ChatSettings["parameters"] {
  const { [field]: _old, ...rest } = parameters;
  return value === undefined ? rest : { ...rest, [field]: value };
}

function ParameterField({
  row,
  value,
  onChange,
}: {
  readonly row: ParameterRow;
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
}) {
  const { field, label, help, min, max, step, usual } = row;
  const read = (text: string): void => {
    const number = Number(text);
    if (text === "") onChange(undefined);
    else if (Number.isFinite(number)) onChange(Math.min(max, Math.max(min, number)));
  };
  return (
    <div class="field parameter">
      <label for={`parameter-${field}`} title={help}>
        {label}
      </label>
      {value !== undefined && (
        <button
          type="button"
          class="button quiet small reset"
          aria-label={`Reset ${label}`}
          onClick={() => onChange(undefined)}
        >
          Reset
        </button>
      )}
      <input
        id={`parameter-${field}`}
        class="input number"
        type="number"
        min={min}
        max={max}
        step={step}
        value={value ?? ""}
        placeholder={field === "max_tokens" ? "no limit" : String(usual)}
        aria-describedby={`help-${field}`}
        onChange={({ currentTarget }) => read(currentTarget.value)}
      />
      {field !== "max_tokens" && (
        <input
          type="range"
          min={min}
          max={max}
          step={step}
          value={value ?? usual}
          aria-label={label}
          class={value === undefined ? "unset" : ""}
          onInput={({ currentTarget }) => read(currentTarget.value)}
        />
      )}
      <small id={`help-${field}`}>{help}</small>
    </div>
  );
}

function SeedAndStop({ settings, change }: PartProps) {
  return (
    <>
      <label class="field">
        <span>Seed</span>
        <input
          class="input"
          inputMode="numeric"
          placeholder="New for each answer"
          value={settings.seed ?? ""}
          onChange={({ currentTarget }) => {
            const seed = Number(currentTarget.value);
            const isSeed = currentTarget.value !== "" && Number.isSafeInteger(seed) && seed >= 0;
            change({ seed: isSeed ? seed : undefined } as Partial<ChatSettings>);
          }}
        />
      </label>
      <label class="field">
        <span>Stop before these texts, one per line</span>
        <textarea
          class="input"
          rows={2}
          value={settings.stop.join("\n")}
          onChange={({ currentTarget }) =>
            change({
              stop: currentTarget.value
                .split("\n")
                .filter((line) => line !== "")
                .slice(0, 16),
            })
          }
        />
      </label>
    </>
  );
}

const FORMS: readonly (readonly [kind: AnswerForm["kind"] | "text", label: string, help: string])[] = [
  ["text", "Any text", ""],
  ["json", "A JSON object", ""],
  ["schema", "JSON of a schema", '{"type": "object", "properties": {"name": {"type": "string"}}}'],
  ["choices", "One of these lines", "yes\nno"],
  ["regex", "A regular expression", "[0-9]{4}-[0-9]{2}-[0-9]{2}"],
  ["grammar", "A grammar (GBNF)", 'root ::= "yes" | "no"'],
];

function FormOfAnswer({ settings, change }: PartProps) {
  const { form } = settings;
  const [, , help] = FORMS.find(([kind]) => kind === form?.kind) ?? FORMS[0];
  const choose = (kind: string): void =>
    change({
      form: kind === "text" ? undefined : { kind: kind as AnswerForm["kind"], source: form?.source ?? "" },
    } as Partial<ChatSettings>);
  return (
    <details class="group" open={form !== undefined || settings.tools !== ""}>
      <summary>Form of the answer</summary>
      <label class="field">
        <span>The answer is</span>
        <select
          class="input"
          value={form?.kind ?? "text"}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
        >
          {FORMS.map(([kind, label]) => (
            <option key={kind} value={kind}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {form !== undefined && form.kind !== "json" && (
        <textarea
          class="input code"
          rows={5}
          aria-label="What the answer must match"
          placeholder={help}
          spellcheck={false}
          value={form.source}
          onChange={({ currentTarget }) => change({ form: { kind: form.kind, source: currentTarget.value } })}
        />
      )}
      <label class="field">
        <span>Functions that the model may call, as JSON</span>
        <textarea
          class="input code"
          rows={3}
          spellcheck={false}
          placeholder='[{"type": "function", "function": {"name": "weather", …}}]'
          value={settings.tools}
          onChange={({ currentTarget }) => change({ tools: currentTarget.value })}
        />
      </label>
      {settings.tools.trim() !== "" && (
        <label class="check">
          <input
            type="checkbox"
            checked={settings.mustCall}
            onChange={({ currentTarget }) => change({ mustCall: currentTarget.checked })}
          />
          <span>The answer must call one</span>
        </label>
      )}
    </details>
  );
}

function Presets({ settings, change }: PartProps) {
  const app = useApp();
  const [own, setOwn] = useState<readonly Preset[]>([]);
  const [name, setName] = useState("");
  const read = (): void => void app.db.presets().then(setOwn);
  useEffect(read, []);
  const all = [...BUILT_IN, ...own];
  const current = all.find((preset) => isSame(preset, settings))?.name ?? "";
  const isOwn = own.some((preset) => preset.name === current);
  return (
    <div class="field">
      <label for="preset">Preset</label>
      <div class="row">
        <select
          id="preset"
          class="input grow"
          value={current}
          onChange={({ currentTarget }) => {
            const preset = all.find((each) => each.name === currentTarget.value);
            if (preset !== undefined) change(preset.settings);
          }}
        >
          {current === "" && <option value="">Your own</option>}
          {all.map((preset) => (
            <option key={preset.name}>{preset.name}</option>
          ))}
        </select>
        {isOwn && (
          <button
            type="button"
            class="button quiet icon-only"
            aria-label={`Delete the preset ${current}`}
            onClick={() => void app.db.removePreset(current).then(read)}
          >
            <Icon name="trash" />
          </button>
        )}
      </div>
      {current === "" && (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            const { system, parameters } = settings;
            void app.db
              .putPreset({ name: name.trim().slice(0, 60), settings: { system, parameters } })
              .then(read);
            setName("");
          }}
        >
          <input
            class="input grow"
            aria-label="Name of a new preset"
            placeholder="Keep as …"
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
          <button
            type="submit"
            class="button small"
            disabled={name.trim() === "" || all.some((preset) => preset.name === name.trim())}
          >
            Keep
          </button>
        </form>
      )}
    </div>
  );
}

function isSame({ settings: { system, parameters } }: Preset, settings: ChatSettings): boolean {
  const [a, b] = [parameters, settings.parameters].map((values) =>
    JSON.stringify(Object.entries(values).sort()),
  );
  return a === b && system === settings.system;
}
