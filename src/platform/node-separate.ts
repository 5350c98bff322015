/**
 * Linux may wake several threads on one processor and leave them there for seconds while other processors are idle, which
 * halves the speed. So a thread that finished its last call on another thread's processor is moved to a free one for the
 * next call, and then allowed everywhere again: other programs need processors too.
 */

/** A thread and the processor on which it finished its last call; -1 before the first. */
export interface Seat {
  readonly thread: number;
  readonly processor: number;
}

export interface Processors {
  /** Those that this process may use, a bit each; undefined if the system does not say. */
  allowed(): Uint8Array | undefined;
  /** Restricts a thread to processors. */
  allow(thread: number, mask: Uint8Array): void;
}

const bit = (processor: number): readonly [byte: number, mask: number] => [
  processor >> 3,
  1 << (processor & 7),
];

function has(mask: Uint8Array, processor: number): boolean {
  const [byte, of] = bit(processor);
  return (mask[byte] & of) !== 0;
}

function only(processor: number, byteLength: number): Uint8Array {
  const mask = new Uint8Array(byteLength);
  const [byte, of] = bit(processor);
  mask[byte] = of;
  return mask;
}

/**
 * Moves threads that share a processor to free ones, as far as there are any.
 * @returns a function to call after the call.
 */
export function separate(seats: readonly Seat[], processors: Processors): () => void {
  const used = new Set<number>();
  const crowded = seats.filter(({ processor }) => {
    const isTaken = used.has(processor);
    if (processor >= 0) used.add(processor);
    return isTaken;
  });
  if (crowded.length === 0) return () => {};
  const allowed = processors.allowed();
  if (allowed === undefined) return () => {};
  const free = Array.from({ length: 8 * allowed.length }, (_, i) => i).filter(
    (processor) => has(allowed, processor) && !used.has(processor),
  );
  const moved = crowded.slice(0, free.length);
  moved.forEach(({ thread }, i) => {
    processors.allow(thread, only(free[i], allowed.length));
  });
  return () => {
    for (const { thread } of moved) processors.allow(thread, allowed);
  };
}
