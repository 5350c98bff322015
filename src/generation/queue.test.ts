/** Whose turn it is. */
import { describe, expect, it } from "vitest";
import type { Job } from "./job.ts";
import { FairQueue } from "./queue.ts";

const job = (client?: string): Job => ({
  prompt: [1],
  client,
  prefilled() {},
  next: () => undefined,
  shifted() {},
  ended() {},
});
const waiting = (client?: string, prefilled = false) => ({
  job: job(client),
  pending: [1],
  cached: 0,
  prefilled,
});

describe("FairQueue", () => {
  it("keeps the order of arrival of one client's texts", () => {
    const queue = new FairQueue();
    const [a, b] = [waiting(), waiting()];
    queue.add(a);
    queue.add(b);
    expect(queue.next([])).toBe(a);
    queue.remove(a);
    expect(queue.next([{ job: job() }])).toBe(b);
  });

  it("prefers the client with the fewest running texts", () => {
    const queue = new FairQueue();
    const [many, one] = [waiting("many"), waiting("one")];
    queue.add(many);
    queue.add(waiting("many"));
    queue.add(one);
    expect(queue.next([])).toBe(many);
    expect(queue.next([{ job: job("many") }])).toBe(one);
    expect(queue.next([{ job: job("many") }, { job: job("one") }])).toBe(many);
  });

  it("gives a place back first to a text that had one", () => {
    const queue = new FairQueue();
    queue.add(waiting("one"));
    const back = waiting("many", true);
    queue.giveBack(back);
    expect(queue.next([{ job: job("many") }])).toBe(back);
    expect(queue.clear()).toHaveLength(2);
    expect(queue.next([])).toBeUndefined();
  });
});
