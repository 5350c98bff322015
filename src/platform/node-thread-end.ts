/**
 * Frees native pages that would otherwise outlive their worker thread. A worker that ends without `dispose`
 * (terminate, process.exit, an uncaught error) runs no more JavaScript, so machine code frees its pages:
 * glibc calls it when the thread ends, after Node has closed everything that used them. Source: glibc,
 * stdlib/cxa_thread_atexit_impl.c. The main thread does not need this: its pages are freed with the process.
 */
import { isMainThread } from "node:worker_threads";

/** The part of koffi that is used here. */
interface Koffi {
  load(path: null): {
    symbol(name: string): bigint;
    func(name: string, result: string, args: string[]): (...args: unknown[]) => unknown;
  };
  view(address: bigint, byteLength: number): ArrayBuffer;
}

/**
 * The list that the code reads: its byte length, 0, the code's page, munmap; then address and length of each
 * mapping, where an address of 0 is a free entry.
 */
const LIST_BYTES = 1 << 16;
const HEADER_WORDS = 4;
const PAGE_BYTES = 4096;

/** `void f(list)` for System V and Linux: unmaps every entry, the list, and, with its last jump, itself. */
const CODE = Uint8Array.from([
  ...[0x53, 0x41, 0x54, 0x41, 0x55], // push rbx, r12, r13
  ...[0x48, 0x89, 0xfb], // mov rbx, rdi: the list
  ...[0x4c, 0x8b, 0x23], // mov r12, [rbx]: its length
  ...[0x41, 0xbd, 0x20, 0, 0, 0], // mov r13d, 32: the first entry
  ...[0x4d, 0x39, 0xe5, 0x73, 0x1b], // next: cmp r13, r12; jae done
  ...[0x4a, 0x8b, 0x3c, 0x2b], // mov rdi, [rbx + r13]
  ...[0x48, 0x85, 0xff, 0x74, 0x0c], // test rdi, rdi; jz free
  ...[0x4a, 0x8b, 0x74, 0x2b, 0x08], // mov rsi, [rbx + r13 + 8]
  ...[0xb8, 0x0b, 0, 0, 0, 0x0f, 0x05], // mov eax, 11; syscall: munmap
  ...[0x49, 0x83, 0xc5, 0x10, 0xeb, 0xe0], // free: add r13, 16; jmp next
  ...[0x4c, 0x8b, 0x6b, 0x10], // done: mov r13, [rbx + 16]: the code's page
  ...[0x4c, 0x8b, 0x43, 0x18], // mov r8, [rbx + 24]: libc's munmap
  ...[0x48, 0x89, 0xdf, 0x4c, 0x89, 0xe6], // mov rdi, rbx; mov rsi, r12
  ...[0xb8, 0x0b, 0, 0, 0, 0x0f, 0x05], // mov eax, 11; syscall: the list
  ...[0x4c, 0x89, 0xef, 0xbe, 0, 0x10, 0, 0], // mov rdi, r13; mov esi, 4096
  ...[0x41, 0x5d, 0x41, 0x5c, 0x5b], // pop r13, r12, rbx
  ...[0x41, 0xff, 0xe0], // jmp r8
]);

/** The pages to free with the thread. */
interface PageList {
  readonly words: BigInt64Array;
  /** Indices of free entries, in words. */
  readonly free: number[];
}

let list: PageList | undefined | null;

const PROT = { readWrite: 3, readExecute: 5 } as const;
const PRIVATE_ANONYMOUS = 0x22;

function makeList(koffi: Koffi): PageList | undefined {
  if (isMainThread || process.platform !== "linux" || process.arch !== "x64") return undefined;
  const libc = koffi.load(null);
  const atThreadEnd = libc.func("__cxa_thread_atexit_impl", "int", ["int64_t", "int64_t", "int64_t"]);
  const mmap = libc.func("mmap", "int64_t", ["int64_t", "uint64_t", "int", "int", "int", "int64_t"]);
  const mprotect = libc.func("mprotect", "int", ["int64_t", "uint64_t", "int"]);
  const map = (bytes: number): bigint =>
    BigInt(mmap(0, bytes, PROT.readWrite, PRIVATE_ANONYMOUS, -1, 0) as number | bigint);
  const [address, code] = [map(LIST_BYTES), map(PAGE_BYTES)];
  if (address === -1n || code === -1n) return undefined;
  new Uint8Array(koffi.view(code, PAGE_BYTES)).set(CODE);
  if (mprotect(code, PAGE_BYTES, PROT.readExecute) !== 0) return undefined;
  const words = new BigInt64Array(koffi.view(address, LIST_BYTES));
  words.set([BigInt(LIST_BYTES), 0n, code, libc.symbol("munmap")]);
  if (atThreadEnd(code, address, libc.symbol("munmap")) !== 0) return undefined;
  const places = (words.length - HEADER_WORDS) / 2;
  return { words, free: Array.from({ length: places }, (_, i) => HEADER_WORDS + 2 * (places - 1 - i)) };
}

function listOf(koffi: Koffi): PageList | undefined {
  if (list === undefined) {
    try {
      list = makeList(koffi) ?? null;
    } catch {
      list = null; // a libc without it (musl): only `dispose` frees pages there
    }
  }
  return list ?? undefined;
}

/**
 * Frees a mapping when this thread ends.
 * @returns a function to call when it is unmapped earlier.
 */
export function tieToThread(koffi: Koffi, address: bigint, byteLength: number): () => void {
  const held = listOf(koffi);
  const place = held?.free.pop();
  if (held === undefined || place === undefined) return () => {};
  held.words[place + 1] = BigInt(byteLength);
  held.words[place] = address;
  return () => {
    if (held.words[place] !== address) return;
    held.words[place] = 0n;
    held.free.push(place);
  };
}
