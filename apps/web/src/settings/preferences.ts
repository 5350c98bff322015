/** What this person prefers in this browser. */
import { Cell } from "../base/cell.ts";
import { type ChatSettings, DEFAULT_SETTINGS, fieldsOf, readSettings } from "./chat-settings.ts";

export const THEMES = [
  ["system", "System"],
  ["light", "Light"],
  ["dark", "Dark"],
  ["contrast", "Contrast"],
] as const;
export type Theme = (typeof THEMES)[number][0];

export interface Preferences {
  readonly theme: Theme;
  /** The server's key; "" for none. */
  readonly key: string;
  /** What a new chat begins with. */
  readonly settings: ChatSettings;
  readonly hasSidebar: boolean;
  readonly hasDrawer: boolean;
}

const KEY = "cria-preferences";

function read(): Preferences {
  let stored: unknown;
  try {
    stored = JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    stored = {};
  }
  const fields = fieldsOf(stored);
  const theme = THEMES.find(([name]) => name === fields.get("theme"))?.[0] ?? "system";
  const key = fields.get("key");
  return {
    theme,
    key: typeof key === "string" ? key : "",
    settings: fields.has("settings") ? readSettings(fields.get("settings")) : DEFAULT_SETTINGS,
    hasSidebar: fields.get("hasSidebar") !== false,
    hasDrawer: fields.get("hasDrawer") === true,
  };
}

export class PreferenceStore {
  readonly cell = new Cell<Preferences>(read());

  get value(): Preferences {
    return this.cell.value;
  }

  change(fields: Partial<Preferences>): void {
    this.cell.value = { ...this.cell.value, ...fields };
    localStorage.setItem(KEY, JSON.stringify(this.cell.value));
  }
}

/** Text that was typed and not sent, by conversation. */
export const drafts = {
  read: (id: string | undefined): string => localStorage.getItem(`cria-draft:${id ?? "new"}`) ?? "",
  write(id: string | undefined, text: string): void {
    const key = `cria-draft:${id ?? "new"}`;
    if (text === "") localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  },
};
