/** Chooses the model or adapter that answers, with its size, memory and licence. */
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { formatBytes, formatCount } from "../base/format.ts";
import type { EngineState, ModelState } from "../engine/engine.ts";
import { Icon } from "./icons.tsx";
import { Menu, type MenuEntry } from "./menu.tsx";

export function ModelPicker() {
  const app = useApp();
  const state = useCell(app.state);
  useCell(app.preferences.cell);
  useCell(app.store.conversations);
  const chosen = app.settings.model ?? state?.models[0]?.name;
  const entries: MenuEntry[] = [
    ...choicesOf(state).map(({ name, hint }) => ({
      label: name,
      hint,
      isChosen: name === chosen,
      run: () => app.changeSettings({ model: name }),
    })),
    { label: "All models", icon: "cube", run: () => app.router.go({ view: "models" }) },
  ];
  return (
    <Menu
      label={`Model: ${chosen ?? "none"}`}
      buttonClass="button quiet model-button"
      side="start"
      entries={entries}
    >
      <span class="model-name">{chosen ?? "No model"}</span>
      <Icon name="down" size={14} />
    </Menu>
  );
}

function choicesOf(state: EngineState | undefined): { readonly name: string; readonly hint: string }[] {
  if (state === undefined) return [];
  return [
    ...state.models.map((model) => ({ name: model.name, hint: hintOf(model) })),
    ...state.adapters.map(({ name, base }) => ({ name, hint: `Adapter of ${base}` })),
  ];
}

export function hintOf({ about, memoryBytes }: ModelState): string {
  const parts = [
    about?.parameterCount === undefined ? undefined : `${formatCount(about.parameterCount)} parameters`,
    about?.types[0]?.dtype,
    `${formatBytes(memoryBytes)} of memory`,
    about?.license,
  ];
  return parts.filter((part) => part !== undefined).join(" · ");
}
