/** Talks to a model by the scripts of dialogues.ts, as `cria chat` does: with its defaults, and a seed of its own each. */
import { load } from "../../src/index.ts";
import { SCRIPTS } from "./dialogues.ts";

export interface Dialogue {
  readonly system?: string | undefined;
  readonly turns: readonly (readonly [said: string, answer: string])[];
}

/** Most tokens of an answer. */
const MOST_TOKENS = 400;
const AT_ONCE = 16;

/** The dialogues with the model of a path, in the order of the scripts; script i has seed i + 1. */
export async function dialogues(path: string): Promise<readonly Dialogue[]> {
  await using model = await load(path, { parallel: AT_ONCE });
  return await Promise.all(
    SCRIPTS.map(async ({ system, says }, i): Promise<Dialogue> => {
      const chat = model.startChat({ system, maxTokens: MOST_TOKENS, seed: i + 1 });
      const turns: [string, string][] = [];
      for (const said of says) turns.push([said, (await chat.send(said).text()).trim()]);
      return { system, turns };
    }),
  );
}
