import { describe, expect, it } from "vitest";
import { choosePeers } from "./choker.ts";
import type { Peer } from "./peer.ts";

const peer = (rate: number, lastServed = 0, isInterested = true) =>
  ({ isInterested, isClosed: false, lastServed, down: { rate: () => rate } }) as unknown as Peer;
const round = { places: 3, isComplete: false, random: () => 0.999, now: 0 };

describe("choosePeers", () => {
  it("serves all that are interested while there are places", () => {
    const [a, b, c] = [peer(0), peer(0, 0, false), peer(0)];
    expect([...choosePeers([a, b, c], round)]).toEqual([a, c]);
  });

  it("repays those that send most, and gives one place to a random other", () => {
    const peers = [1, 9, 5, 7, 3].map((rate) => peer(rate));
    expect([...choosePeers(peers, round)]).toEqual([peers[1], peers[3], peers[0]]);
    expect(choosePeers(peers, { ...round, random: () => 0 })).toContain(peers[2]);
  });

  it("gives each its turn when there is nothing to fetch", () => {
    const peers = [5, 1, 4, 2, 3].map((served) => peer(0, served));
    const turns = new Map<Peer, number>();
    for (let now = 10; now < 40; now++) {
      const chosen = choosePeers(peers, { ...round, isComplete: true, now });
      expect(chosen.size).toBe(3);
      for (const served of chosen) {
        served.lastServed = now;
        turns.set(served, (turns.get(served) ?? 0) + 1);
      }
    }
    for (const served of peers) expect(turns.get(served)).toBeGreaterThan(10);
  });
});
