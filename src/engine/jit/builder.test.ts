/** What the builder and the allocator refuse, and the quality of the generated code. */
import { describe, expect, it } from "vitest";
import { type KernelBuilder, kernel } from "./builder.ts";
import { KernelError, type Program } from "./ir.ts";
import { avx2, avx512, type Target, wasm } from "./target.ts";
import { foldOperands } from "./x64/fold.ts";
import { compileX64 } from "./x64/lower.ts";

const POINTERS = { x: "ptr", out: "ptr", n: "int" } as const;
type Body = Parameters<typeof kernel<typeof POINTERS>>[2];
const build = (body: Body, target: Target = avx512()): Program =>
  kernel("test", POINTERS, body).build(target);
const zero = (k: KernelBuilder) => k.constant("f32v", 0);

describe("KernelBuilder", () => {
  it("refuses a value after its block has ended", () => {
    expect(() =>
      build((k, p) => {
        let inner = zero(k);
        k.if(k.is(p.n, ">", 0), () => {
          inner = k.load("f32v", p.x);
        });
        k.store(p.out, inner);
      }),
    ).toThrow(/Cannot build kernel "test": a f32v value is used after its block has ended/);
  });

  it("refuses a value read from a variable that was set since", () => {
    expect(() =>
      build((k, p) => {
        const sum = k.variable(zero(k));
        const before = sum.value;
        sum.set(k.load("f32v", p.x));
        k.store(p.out, before);
      }),
    ).toThrow(/used after the variable was set/);
  });

  it("refuses a value read from a variable in an inner block, which a loop would run again", () => {
    expect(() =>
      build((k, p) => {
        const sum = k.variable(zero(k));
        const before = sum.value;
        k.loop(0, p.n, 1, () => {
          k.store(p.out, before);
          sum.set(k.load("f32v", p.x));
        });
      }),
    ).toThrow(/used in another block/);
  });

  it("lets loop counters be used in inner blocks", () => {
    expect(() =>
      build((k, p) => {
        k.loop(0, p.n, 1, (i) => {
          k.if(k.is(i, ">", 3), () => k.storeInt("i32", p.out, i));
        });
      }),
    ).not.toThrow();
  });

  it("keeps the value that was set readable, and writes it in place", () => {
    const program = build((k, p) => {
      const sum = k.variable(zero(k));
      const next = k.add(sum, k.load("f32v", p.x));
      sum.set(next);
      k.store(p.out, next);
    });
    expect(program.code.filter(({ op }) => op === "mov")).toHaveLength(0);
  });

  it.each([
    ["a permutation of the wrong length", (k: KernelBuilder) => k.permute(zero(k), [0, 1])],
    [
      "a permutation out of range",
      (k: KernelBuilder) => k.permute(zero(k), new Array(k.lanes).fill(k.lanes)),
    ],
    ["a vector shift as wide as the lane", (k: KernelBuilder) => k.shl(k.constant("i32v", 1), 32)],
    ["a table of the wrong length", (k: KernelBuilder) => k.table([1, 2, 3])],
    ["a loop that does not advance", (k: KernelBuilder) => k.loop(0, 4, 0, () => {})],
    ["a fraction as an integer", (k: KernelBuilder) => k.constant("int", 0.5)],
  ])("refuses %s", (_, body) => {
    expect(() => build((k) => void body(k))).toThrow(KernelError);
  });

  it("makes instructions of one object shape, which a cold engine handles much faster", () => {
    const program = build((k, p) => {
      const mask = k.firstLanes(p.n);
      const loaded = k.load("i32v", p.x, { mask });
      const moved = k.permute(k.permute2(loaded, loaded, Array(k.lanes).fill(1)), Array(k.lanes).fill(2));
      k.loop(0, p.n, 1, (i) => {
        const masked = k.select(k.compare(moved, "<", 3), moved, loaded);
        k.store({ base: p.out, index: i, scale: 4 }, masked);
        k.prefetch(p.x);
      });
      k.call(p.x, p.out);
    });
    const compiled = foldOperands(program, "avx512").code;
    const shapes = new Set([...program.code, ...compiled].map((instr) => Object.keys(instr).join()));
    expect(shapes.size).toBe(1);
  });

  it("lists what instructions read: operands, address, mask, condition", () => {
    const program = build((k, p) => {
      const [x, n] = [p.x, p.n];
      const mask = k.firstLanes(n);
      k.if(k.is(n, "<", k.loadInt("i32", x)), () => {
        k.store({ base: x, index: n, scale: 4 }, k.load("f32v", x), { mask });
      });
    });
    const reads = program.code.map(({ op, reads }) => `${op} ${reads.join(" ")}`.trim());
    expect(reads).toEqual([
      "param",
      "param",
      "firstLanes 1",
      "load 0",
      "if 1 3",
      "load 0",
      "store 4 0 1 2",
      "endif",
    ]);
  });

  it("drops results that are never read", () => {
    const program = build((k, p) => {
      k.exp(k.load("f32v", p.x));
      k.storeInt("i32", p.out, p.n);
    });
    expect(program.code.map(({ op }) => op)).toEqual(["param", "param", "store"]);
  });
});

describe("register allocation", () => {
  const accumulators =
    (count: number): Body =>
    (k, p) => {
      const sums = Array.from({ length: count }, () => k.variable(zero(k)));
      const [x, out] = [p.x, p.out];
      k.loop(0, p.n, 1, (i) => {
        const v = k.load("f32v", { base: x, index: i, scale: 4 });
        for (const [t, sum] of sums.entries())
          sum.set(k.fma(v, k.broadcastF32({ base: x, disp: 4 * t }), sum));
      });
      for (const [t, sum] of sums.entries()) k.store({ base: out, disp: 64 * t }, sum);
    };

  it("uses every vector register of the target", () => {
    // The broadcasts are operands in memory with AVX-512; AVX2 needs a register for them.
    expect(compileX64(build(accumulators(31)), avx512()).registers.vector).toBe(32);
    expect(compileX64(build(accumulators(14), avx2()), avx2()).registers.vector).toBe(16);
  });

  it.each([
    [32, avx512()],
    [15, avx2()],
  ])("refuses %i accumulators and names the kernel and the instruction", (count, target) => {
    expect(() => compileX64(build(accumulators(count), target), target)).toThrow(
      /Cannot build kernel "test": instruction \d+ \(\w+\) needs more than the (32|16) vector registers of the target/,
    );
  });

  it("has 15 general registers and refuses the sixteenth", () => {
    const pointers =
      (count: number): Body =>
      (k, p) => {
        const all = Array.from({ length: count }, (_, i) => k.offset(p.x, 64 * i));
        for (const [i, pointer] of all.entries()) k.storeInt("i32", { base: pointer, disp: i }, p.n);
      };
    expect(compileX64(build(pointers(14)), avx512()).registers.general).toBe(15);
    expect(() => compileX64(build(pointers(15)), avx512())).toThrow(/more than the 15 general registers/);
  });

  it("refuses a vector that is alive across a call", () => {
    const body: Body = (k, p) => {
      const v = k.load("f32v", p.x);
      k.call(p.x, p.out);
      k.store(p.out, v);
    };
    expect(() => compileX64(build(body), avx512())).toThrow(/a vector value is alive across the call/);
  });

  it("refuses ops that a target does not support", () => {
    const program = build((k, p) => k.storeF32(p.out, k.loadF32(p.x)), avx512());
    expect(() => compileX64(program, wasm())).toThrow(/wasm is not an x86-64 target/);
  });
});

describe("folding of operands", () => {
  const folded = (body: Body, target = avx512()): (string | undefined)[] =>
    foldOperands(build(body, target), target.isa as "avx512" | "avx2").code.map(
      ({ op, folded: f }) => f && `${op}[${f.arg}] ${f.address === undefined ? "constant" : "memory"}`,
    );
  const only = (list: (string | undefined)[]): (string | undefined)[] => list.filter((x) => x !== undefined);

  it("reads broadcast activations of dot4 from memory", () => {
    const body: Body = (k, p) => {
      const sum = k.variable(k.constant("i32v", 0));
      sum.set(k.dot4(sum, k.load("u8v", p.x), k.broadcast4("i8v", p.out), { max: 15 }));
      k.store(p.out, sum);
    };
    expect(only(folded(body))).toEqual(["dot4[2] memory"]);
  });

  it("reads the registers of the address instead of the load's", () => {
    const body: Body = (k, p) => {
      const [x, n] = [p.x, p.n];
      k.store(x, k.add(k.sqrt(k.load("f32v", x)), k.load("f32v", { base: x, index: n, scale: 4 })));
    };
    const { code } = foldOperands(build(body), "avx512");
    expect(code.map(({ op, args, reads }) => [op, args, reads])).toEqual([
      ["param", [], []],
      ["param", [], []],
      ["sqrt", [2], [0]],
      ["add", [3, 4], [3, 0, 1]],
      ["store", [5], [5, 0]],
    ]);
  });

  it("does not move a load past a store or a change of its address", () => {
    const past =
      (between: (k: KernelBuilder, advance: () => void) => void): Body =>
      (k, p) => {
        const pointer = k.variable(p.x);
        const [out, a] = [p.out, k.load("f32v", pointer)];
        const b = k.load("f32v", { base: pointer, disp: 64 });
        between(k, () => k.advance(pointer, 4));
        k.store(out, k.add(a, b));
      };
    expect(only(folded(past(() => {})))).toEqual(["add[1] memory"]);
    expect(only(folded(past((_, advance) => advance())))).toEqual([]);
    expect(only(folded(past((k) => k.fence())))).toEqual([]);
  });

  it("reads literals from the pool, unless they were made outside the loop", () => {
    const outside: Body = (k, p) => {
      const [x, c] = [p.x, k.constant("f32v", 3)];
      k.loop(0, p.n, 1, () => k.store(x, k.mul(k.load("f32v", x), c)));
    };
    const inside: Body = (k, p) => {
      const x = p.x;
      k.loop(0, p.n, 1, () => k.store(x, k.mul(k.load("f32v", x), 3)));
    };
    expect(only(folded(outside))).toEqual(["mul[1] memory"]);
    expect(only(folded(inside))).toEqual(["mul[1] constant"]);
  });
});
