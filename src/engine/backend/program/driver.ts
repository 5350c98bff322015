/**
 * The driver: a kernel that calls kernels. Every thread runs it over the same table of calls. If a call needs results
 * of other threads, the threads meet at a barrier: each increments a count and spins until the count reaches the
 * number of threads times the number of barriers so far. After `spins` iterations it yields in every iteration,
 * because there may be fewer processors than threads. No JavaScript runs between two kernels.
 *
 * A raised stop flag ends the program at the next barrier of every thread.
 */
import { kernel } from "../../jit/builder.ts";

/** Bytes of a row of the table: address of the kernel, address of its arguments, 1 if a barrier precedes it. */
export const CALL_BYTES = 24;
/**
 * Offset of the barrier count in the block for synchronisation. Count and stop flag are i32, each in its own cache
 * line.
 */
export const ARRIVED_OFFSET = 0;
/** Offset of the stop flag. */
export const STOP_OFFSET = 64;
/** Bytes of the block. */
export const SYNC_BYTES = 128;

/** Runs a table of calls on this thread, together with the other threads. */
export const DRIVER = kernel(
  "driver",
  { table: "ptr", calls: "int", sync: "ptr", threads: "int", yield: "ptr", spins: "int" },
  (k, p) => {
    const call = k.variable(p.table);
    const left = k.variable(p.calls);
    const goal = k.variable(k.constant("int", 0));
    const sync = k.variable(p.sync);
    const one = k.variable(k.constant("int", 1));
    const yieldTo = k.variable(p.yield);
    const patience = k.variable(k.constant("int", 0));
    const stopped = k.variable(k.constant("int", 0));

    const waitForAll = (): void => {
      goal.set(k.add(goal, p.threads));
      k.atomicAdd({ base: sync, disp: ARRIVED_OFFSET }, one);
      const waiting = k.variable(k.constant("int", 1));
      patience.set(p.spins);
      k.while(
        () => k.is(waiting, "!=", 0),
        () => {
          k.pause();
          patience.set(k.sub(patience, 1));
          k.if(k.is(patience, "<", 0), () => k.call(yieldTo, sync));
          const arrived = k.atomicLoad({ base: sync, disp: ARRIVED_OFFSET });
          k.if(k.is(arrived, ">=", goal), () => waiting.set(k.constant("int", 0)));
          stopped.set(k.atomicLoad({ base: sync, disp: STOP_OFFSET }));
          k.if(k.is(stopped, "!=", 0), () => waiting.set(k.constant("int", 0)));
        },
      );
    };

    k.while(
      () => k.is(left, ">", 0),
      () => {
        const barrier = k.loadInt("i64", { base: call, disp: 16 });
        k.if(k.is(barrier, "!=", 0), waitForAll);
        k.if(
          k.is(stopped, "==", 0),
          () => {
            k.call(k.loadPointer({ base: call, disp: 0 }), k.loadPointer({ base: call, disp: 8 }));
            k.advance(call, CALL_BYTES);
            left.set(k.sub(left, 1));
          },
          () => left.set(k.constant("int", 0)),
        );
      },
    );
  },
);
