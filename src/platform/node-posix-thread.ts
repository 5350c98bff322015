/**
 * The machine code of a system thread for generated code, on Linux and x86-64: it sleeps on a shared cell until there is
 * a call, takes part in it, and sleeps again. The last thread of a call writes a byte to a pipe, which wakes the event
 * loop. The thread runs no JavaScript: it costs no start of an engine, no heap, and nothing when the process ends.
 */

/** The block that all threads share; byte offsets. */
export const SHARED = {
  /** i32: number of the call << COUNT_BITS | its threads. Threads sleep on it (futex). */
  call: 0,
  /** i32: threads that have finished the call. */
  finished: 4,
  /** i64: address of the function to call. */
  function: 8,
  /** i32: descriptor to which the last thread writes. */
  pipe: 16,
  /** i64: address of `int sched_getcpu(void)`. */
  processor: 24,
  bytes: 64,
} as const;

/** The block of one thread, whose address is the argument of its start routine; byte offsets. */
export const SEAT = {
  /** i64: address of the shared block. */
  shared: 0,
  /** i64: argument of the function. */
  block: 8,
  /** i32: processor on which the thread finished its last call, plus 1. */
  processor: 16,
  /** i32: the system's number of the thread. */
  thread: 20,
  /** i32: number of the thread in the pool; it takes part in calls of more threads than that. */
  index: 24,
  /** i32: the last call before the thread started. */
  seen: 28,
  bytes: 64,
} as const;

export const COUNT_BITS = 11;
export const COUNT_MASK = (1 << COUNT_BITS) - 1;

/** Numbers of system calls, and of operations on a futex of one process. Source: Linux, x86-64. */
export const SYSCALL = { futex: 202 } as const;
export const FUTEX = { wait: 128, wake: 129 } as const;

/** `void *start(void *seat)`, System V; it never returns. */
export const THREAD_CODE = Uint8Array.from([
  ...[0x53, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57], // push rbx, r12 to r15: the stack is aligned
  ...[0x48, 0x89, 0xfb], // mov rbx, rdi: the seat
  ...[0x4c, 0x8b, 0x23], // mov r12, [rbx + shared]
  ...[0x44, 0x8b, 0x6b, SEAT.seen], // mov r13d, [rbx + seen]
  ...[0xb8, 186, 0, 0, 0, 0x0f, 0x05], // mov eax, 186; syscall: gettid
  ...[0x89, 0x43, SEAT.thread], // mov [rbx + thread], eax
  ...[0x41, 0x8b, 0x04, 0x24], // sleep: mov eax, [r12 + call]
  ...[0x44, 0x39, 0xe8, 0x75, 0x17], // cmp eax, r13d; jne work
  ...[0x4c, 0x89, 0xe7], // mov rdi, r12
  ...[0xbe, FUTEX.wait, 0, 0, 0], // mov esi, wait
  ...[0x44, 0x89, 0xea], // mov edx, r13d
  ...[0x45, 0x31, 0xd2], // xor r10d, r10d: no time limit
  ...[0xb8, SYSCALL.futex, 0, 0, 0, 0x0f, 0x05], // mov eax, futex; syscall
  ...[0xeb, 0xe0], // jmp sleep
  ...[0x41, 0x89, 0xc5, 0x41, 0x89, 0xc6], // work: mov r13d, eax; mov r14d, eax
  ...[0x41, 0x81, 0xe6, COUNT_MASK & 0xff, COUNT_MASK >> 8, 0, 0], // and r14d, COUNT_MASK
  ...[0x44, 0x39, 0x73, SEAT.index, 0x73, 0xcd], // cmp [rbx + index], r14d; jae sleep
  ...[0x48, 0x8b, 0x7b, SEAT.block], // mov rdi, [rbx + block]
  ...[0x41, 0xff, 0x54, 0x24, SHARED.function], // call [r12 + function]
  ...[0x41, 0xff, 0x54, 0x24, SHARED.processor], // call [r12 + processor]
  ...[0xff, 0xc0, 0x89, 0x43, SEAT.processor], // inc eax; mov [rbx + processor], eax
  ...[0xb8, 1, 0, 0, 0], // mov eax, 1
  ...[0xf0, 0x41, 0x0f, 0xc1, 0x44, 0x24, SHARED.finished], // lock xadd [r12 + finished], eax
  ...[0xff, 0xc0, 0x44, 0x39, 0xf0, 0x75, 0xa7], // inc eax; cmp eax, r14d; jne sleep
  ...[0x41, 0x8b, 0x7c, 0x24, SHARED.pipe], // mov edi, [r12 + pipe]
  ...[0x4c, 0x89, 0xe6], // mov rsi, r12: any byte
  ...[0xba, 1, 0, 0, 0], // mov edx, 1
  ...[0xb8, 1, 0, 0, 0, 0x0f, 0x05], // mov eax, 1; syscall: write
  ...[0xeb, 0x91], // jmp sleep
]);
