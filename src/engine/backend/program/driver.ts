/**
 * The driver: a kernel that calls kernels. Threads run it over the same table of calls; no JavaScript runs between two
 * kernels. If a call needs results of earlier ones, a barrier separates them into phases. The first thread leads: it
 * takes part in every phase, and alone begins and ends it. The others join the phase that they find begun, take the
 * tasks that are left, and leave. So nobody waits for a thread that has no processor, only for tasks that are being
 * computed.
 *
 * Two cells keep this exact. `gate` is the offset of the begun phase, plus 1; 0 between two phases; -1 at the end.
 * `busy` counts joined threads. A thread counts itself before it reads the gate again, and the leader closes the gate
 * before it reads the count: either the leader sees the thread and waits, or the thread sees the closed gate and leaves.
 *
 * Who waits spins, and yields in every iteration after `spins` of them, because there may be fewer processors than
 * threads. A raised stop flag ends the program between two phases.
 */
import { type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../jit/language/core.ts";

/** Bytes of a row of the table: address of the kernel, address of its arguments, 1 if a barrier precedes it. */
export const CALL_BYTES = 24;
/** Offsets of the i32 cells in the block for synchronisation, each in its own cache line. */
const GATE = 0;
const BUSY = 64;
/** Offset of the stop flag. */
export const STOP_OFFSET = 128;
/** Bytes of the block. */
export const SYNC_BYTES = 192;
const CLOSED = 0;
const ENDED = -1;

/** Runs a table of calls, together with the other threads. `bytes`: of the table. `leads`: 1 for one of the threads. */
export const DRIVER = kernel(
  "driver",
  { table: "ptr", bytes: "int", sync: "ptr", leads: "int", yield: "ptr", spins: "int" },
  (k, p) => {
    const table = k.variable(p.table);
    const end = k.variable(p.bytes);
    const sync = k.variable(p.sync);
    const isStopped = () => k.is(k.atomicLoad({ base: sync, disp: STOP_OFFSET }), "!=", 0);
    const wait = waiting(k, p, sync);

    /** Calls the row at the offset and those that follow without a barrier. */
    const runPhase = (at: Variable<"int">): void => {
      const more = k.variable(k.constant("int", 1));
      k.while(
        () => k.is(more, "!=", 0),
        () => {
          const row = k.variable(k.offset(table, at));
          k.call(k.loadPointer({ base: row, disp: 0 }), k.loadPointer({ base: row, disp: 8 }));
          at.set(k.add(at, CALL_BYTES));
          more.set(k.constant("int", 0));
          k.if(k.is(at, "<", end), () => {
            const barrier = k.loadInt("i64", { base: row, disp: CALL_BYTES + 16 });
            k.if(k.is(barrier, "==", 0), () => more.set(k.constant("int", 1)));
          });
        },
      );
    };

    const lead = (): void => {
      const at = k.variable(k.constant("int", 0));
      k.while(
        () => k.is(at, "<", end),
        () => {
          const gate = k.variable(k.add(at, 1));
          k.atomicAdd({ base: sync, disp: GATE }, gate);
          runPhase(at);
          k.atomicAdd({ base: sync, disp: GATE }, k.sub(k.constant("int", 0), gate));
          const busy = k.variable(k.atomicLoad({ base: sync, disp: BUSY }));
          wait.begin();
          k.while(
            () => k.is(busy, ">", 0),
            () => {
              wait.once(BUSY);
              busy.set(k.atomicLoad({ base: sync, disp: BUSY }));
              k.if(isStopped(), () => busy.set(k.constant("int", 0)));
            },
          );
          k.if(isStopped(), () => at.set(end));
        },
      );
      k.atomicAdd({ base: sync, disp: GATE }, k.constant("int", ENDED));
    };

    const join = (): void => {
      const gate = k.variable(k.constant("int", CLOSED));
      const last = k.variable(k.constant("int", CLOSED));
      wait.begin();
      k.while(
        () => k.is(gate, "!=", ENDED),
        () => {
          gate.set(k.atomicLoad({ base: sync, disp: GATE }));
          k.if(
            k.is(gate, ">", last),
            () => {
              k.atomicAdd({ base: sync, disp: BUSY }, k.constant("int", 1));
              k.if(k.is(k.atomicLoad({ base: sync, disp: GATE }), "==", gate), () => {
                runPhase(k.variable(k.sub(gate, 1)));
                last.set(gate);
              });
              k.atomicAdd({ base: sync, disp: BUSY }, k.constant("int", -1));
              wait.begin();
            },
            () => {
              wait.once(GATE);
              k.if(isStopped(), () => gate.set(k.constant("int", ENDED)));
            },
          );
        },
      );
    };

    k.if(k.is(p.leads, "!=", 0), lead, join);
  },
);

/** An iteration of waiting for a change of a cell. */
function waiting(
  k: KernelBuilder,
  { yield: yieldTo, spins }: { readonly yield: Value<"ptr">; readonly spins: Value<"int"> },
  sync: Operand<"ptr">,
) {
  const patience = k.variable(k.constant("int", 0));
  return {
    begin: (): void => patience.set(spins),
    once: (cell: number): void => {
      k.pause();
      patience.set(k.sub(patience, 1));
      k.if(k.is(patience, "<", 0), () => k.call(yieldTo, k.offset(sync, cell)));
    },
  };
}
