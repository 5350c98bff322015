import { afterAll, describe, expect, it } from "vitest";
import { openNative } from "./node-native.ts";
import { WorkerPool } from "./node-worker-pool.ts";

/** `void f(int64_t *block)`: adds 1 to the block's word. */
const COUNT_UP = Uint8Array.of(0x48, 0xff, 0x07, 0xc3); // inc qword [rdi]; ret

describe.runIf(process.arch === "x64" && process.platform !== "win32")("WorkerPool", () => {
  const machine = openNative();
  const pool = new WorkerPool();
  afterAll(() => pool.dispose());

  it("calls the function once per block, call after call, with more and fewer threads", async () => {
    using memory = machine.allocate(4096);
    using code = machine.code(COUNT_UP);
    const words = new BigInt64Array(memory.buffer);
    for (let call = 0; call < 300; call++) {
      const count = (call % 3) + 1;
      await pool.run(
        code.address,
        Array.from({ length: count }, (_, i) => memory.address + BigInt(64 * i)),
      );
    }
    expect([0, 1, 2].map((i) => Number(words[8 * i]))).toEqual([300, 200, 100]);
    expect(pool.hasFailed).toBe(false);
    pool.settle();
  });
});
