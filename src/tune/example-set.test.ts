/** Examples as training data: what is learnt reaches the batches, nothing is silently lost, copies stay together. */
import { describe, expect, it } from "vitest";
import { tinyTokenizer } from "../../test/support/tiny-tokenizer.ts";
import { RequestError } from "../base/errors.ts";
import { batches, type Example, heldOut, type ReadConversations } from "../data/index.ts";
import { encodeExample } from "./example.ts";
import { makeExampleSet, type SetOptions } from "./example-set.ts";

const SETTINGS = { tokenizer: tinyTokenizer(), template: "vicuna", learnt: "answers" } as const;
const OPTIONS: SetOptions = { ...SETTINGS, length: 400, long: "cut", heldOut: 0 };

const example = (line: number, question: string, answer: string): Example => ({
  content: {
    kind: "chat",
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ],
  },
  place: { file: "f", line },
});
const EXAMPLES = Array.from({ length: 40 }, (_, i) => example(i + 1, `question ${i}`, `answer ${i * i}`));

function read(examples: readonly Example[], bad: ReadConversations["bad"] = []): ReadConversations {
  return { examples, bad, files: [{ name: "f", layout: "", examples: examples.length }] };
}

describe("makeExampleSet", () => {
  it("gives each example's learnt tokens, and no others, to the loss", async () => {
    const set = await makeExampleSet(read(EXAMPLES), OPTIONS);
    const wanted = EXAMPLES.map((each) => {
      const found = encodeExample(each, SETTINGS);
      if (!("tokens" in found)) throw new Error(found.found);
      return found.tokens.filter((_, i) => found.learnt[i] === 1).join(" ");
    });
    const learnt: string[] = [];
    const mixture = [{ name: "examples", epochs: 1 }];
    for (const { inputs } of batches(set, {
      batch: 2,
      block: 400,
      seed: 1,
      packing: "documents",
      sources: mixture,
    })) {
      let run: number[] = [];
      inputs.targets.forEach((target, i) => {
        if (inputs.loss_weights[i] > 0) run.push(target);
        else if (run.length > 0) learnt.push(run.splice(0).join(" "));
      });
      if (run.length > 0) learnt.push(run.join(" "));
      run = [];
    }
    expect(learnt.sort()).toEqual([...wanted].sort());
  });

  it("scores only what is learnt", async () => {
    const set = await makeExampleSet(read(EXAMPLES), { ...OPTIONS, heldOut: 0.5 });
    const { train, heldOut: scored } = set.report.examples;
    expect(train + scored).toBe(EXAMPLES.length);
    expect(scored).toBeGreaterThan(5);
    const [part] = heldOut(set, { block: 400, batch: 1 });
    const weighted = [...part.batches()].reduce((sum, { targetCount }) => sum + targetCount, 0);
    expect(part.targetCount).toBe(weighted);
    expect(set.report.tokens.learnt).toBeGreaterThan(weighted);
  });

  it("holds out copies together", async () => {
    const twice = [...EXAMPLES, ...EXAMPLES];
    const once = await makeExampleSet(read(EXAMPLES), { ...OPTIONS, heldOut: 0.3 });
    const both = await makeExampleSet(read(twice), { ...OPTIONS, heldOut: 0.3 });
    expect(both.report.examples.heldOut).toBe(2 * once.report.examples.heldOut);
  });

  it("lists what is cut and dropped, with file and line", async () => {
    const bad = [{ place: { file: "f", line: 9 }, problem: { doing: "read", expected: "a", found: "b" } }];
    const examples = [
      example(1, "the", "ant"),
      example(2, "the", "ant ".repeat(200)),
      example(3, "the ".repeat(200), "ant"),
      example(4, "the", ""),
    ];
    const { report } = await makeExampleSet(read(examples, bad), { ...OPTIONS, length: 300 });
    expect(report.cut).toEqual(['"f", line 2']);
    expect(report.dropped.map(({ place }) => place)).toEqual(['"f", line 9', '"f", line 3', '"f", line 4']);
    const dropping = await makeExampleSet(read(examples), { ...OPTIONS, length: 300, long: "drop" });
    expect(dropping.report).toMatchObject({ cut: [], examples: { train: 1 } });
    expect(dropping.report.dropped).toHaveLength(3);
  });

  it("refuses data without a usable example, and names the first reason", async () => {
    const making = makeExampleSet(read([example(7, "a", "")]), OPTIONS);
    await expect(making).rejects.toThrow(RequestError);
    await expect(making).rejects.toThrow('"f", line 7');
  });

  it("has another identity if other tokens are learnt", async () => {
    const id = async (learnt: SetOptions["learnt"]) =>
      (await makeExampleSet(read(EXAMPLES), { ...OPTIONS, learnt })).id;
    expect(await id("answers")).toBe(await id("answers"));
    expect(await id("answers")).not.toBe(await id("all"));
  });
});
