/**
 * Whom to serve. A few interested peers are served at a time. During a download they are those that send most, so that
 * generosity is repaid; afterwards those that were served longest ago, so that each has its turn. One place in each round
 * goes to a random peer, so that newcomers can show what they have.
 */
import type { Peer } from "./peer.ts";

export interface ChokeRound {
  /** Peers that may be served at once. */
  readonly places: number;
  readonly isComplete: boolean;
  readonly random: () => number;
  readonly now: number;
}

/** The peers to serve until the next round. */
export function choosePeers(
  peers: readonly Peer[],
  { places, isComplete, random, now }: ChokeRound,
): Set<Peer> {
  const interested = peers.filter(({ isInterested, isClosed }) => isInterested && !isClosed);
  if (interested.length <= places) return new Set(interested);
  const rates = new Map(interested.map((peer) => [peer, peer.down.rate(now)]));
  const ranked = interested.toSorted((a, b) =>
    isComplete ? a.lastServed - b.lastServed : rates.get(b)! - rates.get(a)!,
  );
  const chosen = new Set(ranked.slice(0, places - 1));
  const others = ranked.slice(places - 1);
  chosen.add(others[Math.min(others.length - 1, Math.floor(random() * others.length))]);
  return chosen;
}

/** Applies a round: chosen peers are told, and so are those that lose their place. */
export function applyRound(peers: readonly Peer[], chosen: ReadonlySet<Peer>, now: number): void {
  for (const peer of peers) {
    const isChosen = chosen.has(peer);
    if (isChosen) peer.lastServed = now;
    peer.setChoking(!isChosen);
  }
}
