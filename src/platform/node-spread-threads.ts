/**
 * Linux may wake several threads on one processor and leave them there for seconds while other processors are
 * idle, which halves the speed. So each thread publishes its processor. A thread that finds another on its
 * processor requests a free processor, and then immediately all processors again: it is moved, but not
 * pinned, since other programs need processors too.
 */

/**
 * Part of a worker's text: `spreading(libc, seats, index)` returns the functions that thread `index` calls
 * before its work (with the number of participating threads) and after it. `libc` is koffi's library of the C
 * functions, `seats` an Int32Array in shared memory: for each thread the number of its processor plus 1, or 0
 * while it is idle.
 */
export const SPREAD_SOURCE = `
function spreading(libc, seats, index) {
  if (process.platform !== "linux") return { arrive() {}, leave() {} };
  const here = libc.func("int sched_getcpu()");
  const get = libc.func("int sched_getaffinity(int thread, size_t size, _Out_ uint8_t *mask)");
  const set = libc.func("int sched_setaffinity(int thread, size_t size, const uint8_t *mask)");
  const sit = () => Atomics.store(seats, index, here() + 1);
  function arrive(count) {
    const mine = sit();
    const others = Array.from({ length: count }, (_, i) => (i === index ? 0 : Atomics.load(seats, i)));
    if (mine === 0 || !others.includes(mine)) return;
    const allowed = new Uint8Array(128);
    if (get(0, allowed.length, allowed) < 0) return;
    const free = allowed.slice();
    for (const seat of others) if (seat > 0) free[(seat - 1) >> 3] &= ~(1 << ((seat - 1) & 7));
    if (free.every((byte) => byte === 0)) return;
    set(0, free.length, free);
    set(0, allowed.length, allowed);
    sit();
  }
  return { arrive, leave: () => Atomics.store(seats, index, 0) };
}
`;
