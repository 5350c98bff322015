/** Named sets of parameters. Those that come with the page are in the table; a person's own are in the database. */
import type { ChatSettings } from "./chat-settings.ts";

export interface Preset {
  readonly name: string;
  readonly settings: Pick<ChatSettings, "system" | "parameters">;
}

export const BUILT_IN: readonly Preset[] = [
  { name: "The model's own", settings: { system: "", parameters: {} } },
  { name: "Precise", settings: { system: "", parameters: { temperature: 0.2, top_p: 0.9 } } },
  {
    name: "Inventive",
    settings: { system: "", parameters: { temperature: 1.1, min_p: 0.03, top_p: 1, top_k: 0 } },
  },
  {
    name: "Instructions (Alpaca)",
    settings: { system: "", parameters: { temperature: 0.1, top_p: 0.75, top_k: 40, max_tokens: 128 } },
  },
  {
    name: "Dalai",
    settings: {
      system: "",
      parameters: {
        temperature: 0.8,
        top_k: 40,
        top_p: 0.9,
        repeat_penalty: 1.3,
        repeat_last_n: 64,
        max_tokens: 200,
      },
    },
  },
];
