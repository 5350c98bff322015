/** Which texts share a step, and how texts end, observed through a runner that records its steps. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomParams, tinyConfig } from "../../test/support/tiny-model.ts";
import { ContextError, RequestError } from "../base/errors.ts";
import { referenceBackend } from "../engine/index.ts";
import { LlamaRunner } from "../model/runner.ts";
import type { Job } from "./job.ts";
import { Scheduler } from "./scheduler.ts";

const config = tinyConfig();
const CONTEXT = 32;

let runner: LlamaRunner;
let scheduler: Scheduler;
/** Tokens of each part of each step. */
let steps: number[][];
let beforeStep: (signal: AbortSignal | undefined) => void;

beforeEach(async () => {
  runner = await LlamaRunner.create(config, randomParams(config), referenceBackend(), {
    maxSequences: 2,
    maxTokens: 8,
    pageSize: 4,
    context: CONTEXT,
  });
  steps = [];
  beforeStep = () => {};
  const step = runner.step.bind(runner);
  runner.step = (parts, request) => {
    steps.push(parts.map(({ tokens }) => tokens.length));
    beforeStep(request?.signal);
    return step(parts, request);
  };
  scheduler = new Scheduler(runner);
});
afterEach(async () => {
  await scheduler.close(new Error("the test is over"));
  runner.dispose();
});

type Ending = Parameters<Job["ended"]>[0];

/** Submits a text of `length` tokens that wants `more` tokens after it. */
function submit(length: number, more: number, changes: Partial<Job> = {}) {
  let end: Job["ended"] = () => {};
  const ended = new Promise<Ending>((resolve) => {
    end = resolve;
  });
  let left = more;
  const prompt = Array.from({ length }, (_, i) => (i * 7 + length) % config.vocabSize);
  const next: Job["next"] = () => (left-- > 0 ? { tokens: [3] } : undefined);
  const rest = { prefilled: () => {}, shifted: () => {}, ended: end };
  scheduler.submit({ prompt, next, shares: false, ...rest, ...changes });
  return ended;
}

describe("a step", () => {
  it("gives the next tokens of running texts before the prompts of others", async () => {
    const first = submit(1, 4);
    const second = submit(20, 0);
    expect([await first, await second]).toEqual([{ kind: "done" }, { kind: "done" }]);
    expect(steps).toEqual([[1, 7], [1, 7], [1, 6], [1], [1]]);
  });

  it("takes a running text first, although a long prompt came before it", async () => {
    const long = submit(20, 0);
    const short = submit(1, 1);
    await Promise.all([long, short]);
    expect(steps[0]).toEqual([1, 7]);
  });

  it("computes no more guesses than the context holds", async () => {
    const kept: number[] = [];
    const text = submit(CONTEXT - 2, 0, {
      next: (result) => {
        kept.push(result.logits?.length ?? 0);
        return kept.length === 1 ? { tokens: [1, 2, 3, 4] } : undefined;
      },
    });
    expect(await text).toEqual({ kind: "done" });
    expect(kept).toEqual([1, 2]);
  });
});

describe("the pace", () => {
  it("is kept by short chunks while texts generate, and prompts fill the steps otherwise", async () => {
    const hurried = new Scheduler(runner, { maxGapMs: 1e-6 });
    const start = (length: number, more: number) => {
      let left = more;
      return new Promise<void>((resolve) => {
        hurried.submit({
          prompt: Array.from({ length }, (_, i) => (i * 7 + length) % config.vocabSize),
          shares: false,
          prefilled() {},
          shifted() {},
          next: () => (left-- > 0 ? { tokens: [3] } : undefined),
          ended: () => resolve(),
        });
      });
    };
    await start(16, 0);
    expect(steps).toEqual([[8], [8]]);
    steps = [];
    await Promise.all([start(1, 6), start(16, 0)]);
    // In the first step no text generates yet; then a page of the prompt goes beside each token of the other.
    expect(steps.slice(0, 4)).toEqual([
      [1, 7],
      [1, 4],
      [1, 4],
      [1, 1],
    ]);
    expect(steps.flat().reduce((sum, tokens) => sum + tokens, 0)).toBe(1 + 6 + 16);
    await hurried.close(new Error("the test is over"));
  });
});

describe("clients", () => {
  it("take turns: one text of another does not wait for many of the first", async () => {
    const order: string[] = [];
    const run = (client: string) => submit(1, 2, { client }).then(() => order.push(client));
    await Promise.all(["a", "a", "a", "a", "a", "a", "b"].map(run));
    expect(order.indexOf("b")).toBeLessThan(4);
  });
});

describe("a text", () => {
  it("may fill the context with its prompt only if nothing follows", async () => {
    expect(() => submit(CONTEXT, 0)).toThrow(ContextError);
    expect(() => submit(CONTEXT + 1, 0, { promptRows: "all", onlyReads: true })).toThrow(ContextError);
    expect(await submit(CONTEXT, 0, { promptRows: "all", onlyReads: true })).toEqual({ kind: "done" });
    expect(await submit(CONTEXT - 1, 1)).toEqual({ kind: "done" });
    expect(await submit(CONTEXT - 1, 9)).toEqual({ kind: "context" });
  });

  it("ends with its reason if it is cancelled while it waits", async () => {
    const cancel = new AbortController();
    const running = [submit(1, 3), submit(1, 3)];
    const waiting = submit(1, 1, { signal: cancel.signal });
    beforeStep = () => cancel.abort(new Error("not needed"));
    expect(await waiting).toMatchObject({ kind: "failed", error: { message: "not needed" } });
    expect(await Promise.all(running)).toEqual([{ kind: "done" }, { kind: "done" }]);
    expect(scheduler.load).toBe(0);
  });

  it("ends alone when its signal cannot be listened to", async () => {
    const signal = {
      aborted: false,
      addEventListener() {
        throw new Error("no listeners here");
      },
    } as unknown as AbortSignal;
    const other = submit(1, 3);
    expect(await submit(1, 3, { signal })).toMatchObject({ error: { message: "no listeners here" } });
    expect([await other, await submit(1, 1)]).toEqual([{ kind: "done" }, { kind: "done" }]);
  });

  it("does not stop a step that others share", async () => {
    const cancel = new AbortController();
    const one = submit(1, 3, { signal: cancel.signal });
    const other = submit(1, 3, { signal: new AbortController().signal });
    const stopped: (boolean | undefined)[] = [];
    beforeStep = (signal) => {
      cancel.abort(new Error("enough"));
      stopped.push(signal?.aborted);
    };
    expect(await one).toMatchObject({ kind: "failed" });
    expect(await other).toEqual({ kind: "done" });
    expect(stopped).not.toContain(true);
  });

  it("stops a step once nobody waits for it", async () => {
    const cancel = new AbortController();
    const stopped: (boolean | undefined)[] = [];
    beforeStep = (signal) => {
      cancel.abort(new Error("enough"));
      stopped.push(signal?.aborted);
    };
    expect(await submit(1, 3, { signal: cancel.signal })).toMatchObject({ kind: "failed" });
    expect(stopped).toEqual([true]);
  });

  it("ends with the error of its step, and the next one runs", async () => {
    beforeStep = () => {
      throw new Error("the device is gone");
    };
    expect(await submit(1, 1)).toMatchObject({ kind: "failed", error: { message: "the device is gone" } });
    beforeStep = () => {};
    expect(await submit(1, 1)).toEqual({ kind: "done" });
  });
});

describe("close", () => {
  it("ends what runs and what waits, and takes nothing more", async () => {
    const texts = [submit(1, 50), submit(1, 50), submit(1, 1)];
    await scheduler.close(new Error("closing"));
    for (const text of texts)
      expect(await text).toMatchObject({ kind: "failed", error: { message: "closing" } });
    expect(() => submit(1, 1)).toThrow(RequestError);
  });
});
