/** The score counts what the rules pass, and nothing that the limit cut off. */
import { describe, expect, it } from "vitest";
import { ITEMS } from "../../test/chat/items/index.ts";
import { type Answer, byKind, messagesOf, scoreItems } from "./score.ts";

const all = Object.values(ITEMS).flat();
const itemOf = (last: string) => all.find(({ turns }) => turns.at(-1) === last);

describe("the score", () => {
  it.each([
    ["good", true, 25],
    ["good", false, 0],
    ["bad", true, 0],
  ] as const)("of the %s answers, ended: %s, is %i of 25 of each kind", async (which, ended, passed) => {
    const answer = async (messages: readonly { content: string }[]): Promise<Answer> => {
      const item = itemOf(messages[messages.length - 1].content);
      return { text: item?.[which] ?? "", ended };
    };
    const scores = byKind(await scoreItems(ITEMS, answer));
    expect(scores).toEqual(Object.keys(ITEMS).map((kind) => ({ kind, passed, of: 25 })));
  });

  it("puts a system message before the turns, which alternate", () => {
    const item = ITEMS.recall[0];
    expect(messagesOf(item, "Be brief.").map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "user",
    ]);
    expect(messagesOf(item, undefined).map(({ content }) => content)).toEqual(item.turns);
  });

  it("lets answers be longer than the rules allow", async () => {
    const limits: number[] = [];
    await scoreItems({ orders: ITEMS.orders }, async (_, maxTokens) => {
      limits.push(maxTokens);
      return { text: "", ended: true };
    });
    expect(Math.min(...limits)).toBeGreaterThan(ITEMS.orders[0].rule.words[1]);
  });
});
