/**
 * System threads for generated code, on Linux: started by `pthread_create`, woken by a futex. A byte in a pipe tells the
 * event loop that a call is done. They serve the process to its end, sleeping between calls, so that no code or memory
 * that they use is ever freed under them. A worker of Node in their place starts an engine of its own: 50 ms of processor
 * time and 10 MiB each, while the first token waits.
 */
import type { OnReadOpts, Socket, SocketConstructorOpts } from "node:net";
import { assert, DeviceError } from "../base/errors.ts";
import type { NativeMemory } from "./native.ts";
import { openNative } from "./node-native.ts";
import { requireKoffi } from "./node-place.ts";
import { COUNT_BITS, FUTEX, SEAT, SHARED, SYSCALL, THREAD_CODE } from "./node-posix-thread.ts";
import { type Processors, separate } from "./node-separate.ts";
import { MAX_THREADS, type ThreadPool } from "./node-thread-pool.ts";

/** The part of koffi that is used here. Addresses are passed as numbers. */
interface Koffi {
  load(path: null): {
    symbol(name: string): bigint;
    func(name: string, result: string, args: string[]): (...args: unknown[]) => number | bigint;
  };
}

const CLOSE_ON_EXEC = 0x80000;
const MASK_BYTES = 128;
/** After the threads' blocks: room for what system calls write. */
const ROOM = SHARED.bytes + MAX_THREADS * SEAT.bytes;

const seatAt = (index: number): number => SHARED.bytes + index * SEAT.bytes;

function systemCalls(koffi: Koffi) {
  const libc = koffi.load(null);
  return {
    createThread: libc.func("pthread_create", "int", ["int64_t", "int64_t", "int64_t", "int64_t"]),
    pipe: libc.func("pipe2", "int", ["int64_t", "int"]),
    syscall: libc.func("syscall", "int64_t", ["int64_t", "int64_t", "int64_t", "int64_t"]),
    getAffinity: libc.func("sched_getaffinity", "int", ["int", "uint64_t", "_Out_ uint8_t *"]),
    setAffinity: libc.func("sched_setaffinity", "int", ["int", "uint64_t", "uint8_t *"]),
    processor: libc.symbol("sched_getcpu"),
  };
}

/** The processors as the system lends them to threads. */
class SystemProcessors implements Processors {
  readonly #calls: ReturnType<typeof systemCalls>;
  constructor(calls: ReturnType<typeof systemCalls>) {
    this.#calls = calls;
  }
  allowed(): Uint8Array | undefined {
    const mask = new Uint8Array(MASK_BYTES);
    return this.#calls.getAffinity(0, mask.length, mask) < 0 ? undefined : mask;
  }
  allow(thread: number, mask: Uint8Array): void {
    this.#calls.setAffinity(thread, mask.length, mask);
  }
}

export class PosixPool implements ThreadPool {
  readonly hasFailed = false;
  readonly #system = systemCalls(requireKoffi() as Koffi);
  readonly #processors: Processors = new SystemProcessors(this.#system);
  readonly #memory: NativeMemory = openNative().allocate(ROOM + 64);
  readonly #cells = new Int32Array(this.#memory.buffer);
  readonly #view = new DataView(this.#memory.buffer);
  readonly #code = openNative().code(THREAD_CODE);
  readonly #bell: Socket;
  #count = 0;
  /** Resolves the current call. */
  #done: (() => void) | undefined;

  static #ofProcess: PosixPool | undefined;
  static ofProcess(): PosixPool {
    PosixPool.#ofProcess ??= new PosixPool();
    return PosixPool.#ofProcess;
  }

  private constructor() {
    this.#view.setBigInt64(SHARED.processor, this.#system.processor, true);
    this.#bell = this.#openBell();
  }

  /** The pipe's end that the event loop watches. */
  #openBell(): Socket {
    if (this.#system.pipe(this.#memory.address + BigInt(ROOM), CLOSE_ON_EXEC) !== 0)
      throw new DeviceError({ doing: "open a pipe for threads", found: "the system refused" });
    const [from, to] = [0, 4].map((at) => this.#view.getInt32(ROOM + at, true));
    this.#view.setInt32(SHARED.pipe, to, true);
    const { Socket } = process.getBuiltinModule("node:net");
    const ring = (): boolean => {
      this.#done?.();
      return true;
    };
    const onread: OnReadOpts = { buffer: new Uint8Array(64), callback: ring };
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
      fd: from,
      writable: false,
      onread,
    };
    return new Socket(options).unref();
  }

  grow(count: number): void {
    assert(count <= MAX_THREADS, `${count} threads are too many`);
    for (; this.#count < count; this.#count++) this.#startThread(this.#count);
  }

  #startThread(index: number): void {
    const seat = seatAt(index);
    const { address } = this.#memory;
    this.#view.setBigInt64(seat + SEAT.shared, address, true);
    this.#view.setInt32(seat + SEAT.index, index, true);
    this.#view.setInt32(seat + SEAT.seen, Atomics.load(this.#cells, SHARED.call / 4), true);
    const error = this.#system.createThread(
      address + BigInt(ROOM),
      0,
      this.#code.address,
      address + BigInt(seat),
    );
    if (error !== 0) {
      throw new DeviceError({
        doing: `start thread ${index + 1}`,
        found: `the system refused with error ${error}`,
        fix: "use fewer threads, or allow more processes",
      });
    }
  }

  async run(address: bigint, blocks: readonly bigint[]): Promise<void> {
    assert(this.#done === undefined, "two calls of the same threads overlap");
    this.grow(blocks.length);
    const seats = blocks.map((_, i) => this.#seat(i));
    const release = separate(seats, this.#processors);
    this.#bell.ref();
    try {
      await new Promise<void>((resolve) => {
        this.#done = resolve;
        this.#start(address, blocks);
      });
    } finally {
      this.#done = undefined;
      this.#bell.unref();
      release();
    }
  }

  #seat(index: number) {
    const [processor, thread] = [SEAT.processor, SEAT.thread].map((at) =>
      this.#view.getInt32(seatAt(index) + at, true),
    );
    return { processor: processor - 1, thread };
  }

  #start(address: bigint, blocks: readonly bigint[]): void {
    this.#view.setBigInt64(SHARED.function, address, true);
    for (let i = 0; i < blocks.length; i++) this.#view.setBigInt64(seatAt(i) + SEAT.block, blocks[i], true);
    this.#cells[SHARED.finished / 4] = 0;
    const number = (this.#cells[SHARED.call / 4] >> COUNT_BITS) + 1;
    Atomics.store(this.#cells, SHARED.call / 4, (number << COUNT_BITS) | blocks.length);
    this.#system.syscall(SYSCALL.futex, this.#memory.address, FUTEX.wake, MAX_THREADS);
  }

  /** The threads run no code of Node's, so nothing has to be waited for. */
  settle(): void {}

  /** They go on sleeping. */
  dispose(): void {}
}
