/** Random small programs: everything that the builder accepts must have the same result on every target. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstDifference, runBoth, testMachines } from "../../../test/support/kernel-machines.ts";
import { Random } from "../../base/random.ts";
import { type KernelBuilder, kernel } from "./builder.ts";
import type { Operand, Value, Variable } from "./language/core.ts";

const PARAMETERS = { x: "ptr", out: "ptr", n: "int", m: "int", s: "f32" } as const;

/** Values that the next op may use, by kind. Variables are alive in every block. */
interface Pool {
  readonly floats: (Value<"f32v"> | Variable<"f32v">)[];
  readonly words: (Value<"i32v"> | Variable<"i32v">)[];
  readonly ints: (Value<"int"> | Variable<"int">)[];
}

/** Builds from a seed: the same seed builds the same program for every target. */
class Generator {
  readonly #k: KernelBuilder;
  readonly #random: Random;
  readonly #x: Value<"ptr">;
  readonly #out: Value<"ptr">;
  #written = 0;

  constructor(k: KernelBuilder, random: Random, x: Value<"ptr">, out: Value<"ptr">) {
    this.#k = k;
    this.#random = random;
    this.#x = x;
    this.#out = out;
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#random.below(from.length)];
  }

  #address(): { base: Value<"ptr">; disp: number } {
    return { base: this.#x, disp: this.#random.below(500) };
  }

  #float(pool: Pool): Value<"f32v"> {
    const k = this.#k;
    const [a, b, c] = [this.#pick(pool.floats), this.#pick(pool.floats), this.#pick(pool.floats)];
    const makers: (() => Value<"f32v">)[] = [
      () => k.add(a, b),
      () => k.sub(a, b),
      () => k.mul(a, b),
      () => k.div(a, b),
      () => k.min(a, b),
      () => k.max(a, b),
      () => k.fma(a, b, c),
      () => k.fnma(a, b, c),
      () => k.fma(a, 0.5, c),
      () => k.fma(a, b, 1.25),
      () => k.sqrt(k.abs(a)),
      () => k.load("f32v", this.#address()),
      () => k.broadcastF32(this.#address()),
      () => k.loadFloats("f16", this.#address()),
      () => k.select(k.compare(a, "<", b), c, a),
      () =>
        k.permute(
          a,
          Array.from({ length: k.lanes }, (_, l) => (l * 3 + 1) % k.lanes),
        ),
      () => k.splat(k.reduceMax(a)),
      () => k.toF32(this.#pick(pool.words)),
      () => k.load("f32v", this.#address(), { mask: k.firstLanes(k.and(this.#pick(pool.ints), 15)) }),
    ];
    return this.#pick(makers)();
  }

  #word(pool: Pool): Value<"i32v"> {
    const k = this.#k;
    const [a, b] = [this.#pick(pool.words), this.#pick(pool.words)];
    const signed = (v: Operand<"i32v">): Value<"i8v"> => k.as("i8v", v);
    const makers: (() => Value<"i32v">)[] = [
      () => k.add(a, b),
      () => k.sub(a, b),
      () => k.mul(a, b),
      () => k.xor(a, b),
      () => k.andnot(a, b),
      () => k.shl(a, 3),
      () => k.sar(a, 5),
      () => k.shr(a, 9),
      () => k.min(a, b),
      () => k.load("i32v", this.#address()),
      () => k.loadIntegers("i8", this.#address()),
      () => k.dot4(a, k.as("u8v", b), signed(a)),
      () => k.dot4(a, k.and(k.as("u8v", b), 15), k.broadcast4("i8v", this.#address()), { max: 15 }),
      () => k.select(k.compare(a, ">", b), b, a),
      () => k.splat(this.#pick(pool.ints)),
      () => k.splat(k.reduceAdd(a)),
    ];
    return this.#pick(makers)();
  }

  #int(pool: Pool): Value<"int"> {
    const k = this.#k;
    const [a, b] = [this.#pick(pool.ints), this.#pick(pool.ints)];
    const makers: (() => Value<"int">)[] = [
      () => k.add(a, b),
      () => k.sub(a, b),
      () => k.mul(a, 7),
      () => k.min(a, b),
      () => k.max(a, 12),
      () => k.xor(a, b),
      () => k.shr(a, 2),
      () => k.rem(a, k.or(k.shr(b, 1), 1)),
      () => k.loadInt("i16", this.#address()),
    ];
    return this.#pick(makers)();
  }

  block(outer: Pool, depth: number, length: number): void {
    const k = this.#k;
    const keep = <T extends object>(list: readonly T[]): T[] => [...list];
    const pool: Pool = { floats: keep(outer.floats), words: keep(outer.words), ints: keep(outer.ints) };
    for (let n = 0; n < length; n++) {
      const choice = this.#random.below(12);
      if (choice < 3) this.#bounded(pool.floats, this.#float(pool));
      else if (choice < 6) this.#bounded(pool.words, this.#word(pool));
      else if (choice < 8) this.#bounded(pool.ints, this.#int(pool));
      else if (choice === 8) this.#set(pool);
      else if (choice === 9) this.#write(pool);
      else if (depth > 0) this.#nested(pool, depth, choice === 10);
      else k.pause();
    }
  }

  /** Few values stay alive, so that AVX2's registers suffice. */
  #bounded<T>(list: T[], value: T): void {
    if (list.length >= 4) list.splice(2, 1);
    list.push(value);
  }

  #set(pool: Pool): void {
    const variable = this.#pick([...pool.floats, ...pool.words, ...pool.ints].filter((v) => "set" in v));
    if (variable.kind === "f32v") (variable as Variable<"f32v">).set(this.#float(pool));
    else if (variable.kind === "i32v") (variable as Variable<"i32v">).set(this.#word(pool));
    else (variable as Variable<"int">).set(this.#int(pool));
  }

  #write(pool: Pool): void {
    const at = { base: this.#out, disp: 80 * (this.#written++ % 100) + this.#random.below(3) };
    const k = this.#k;
    const choice = this.#random.below(4);
    if (choice === 0) k.storeIntegers("i8", at, this.#pick(pool.words));
    else if (choice === 1) k.storeInt("i64", at, this.#pick(pool.ints));
    else if (choice === 2)
      k.store(at, this.#pick(pool.floats), { mask: k.firstLanes(k.and(this.#pick(pool.ints), 7)) });
    else k.store(at, this.#pick(pool.words));
  }

  #nested(pool: Pool, depth: number, loop: boolean): void {
    const k = this.#k;
    const inner = (extra: Value<"int">[]): void =>
      this.block({ ...pool, ints: [...pool.ints, ...extra] }, depth - 1, 4 + this.#random.below(5));
    if (loop) {
      k.loop(0, k.and(this.#pick(pool.ints), 3), 1, (i) => inner([i]));
      return;
    }
    k.if(
      k.is(this.#pick(pool.ints), this.#pick(["<", ">=", "=="] as const), this.#pick(pool.ints)),
      () => inner([]),
      this.#random.below(2) === 0 ? () => inner([]) : undefined,
    );
  }
}

function randomKernel(seed: number) {
  return kernel(`random${seed}`, PARAMETERS, (k, p) => {
    const [x, out] = [p.x, p.out];
    const generator = new Generator(k, new Random(seed), x, out);
    const [f, g] = [k.variable(k.load("f32v", x)), k.variable(k.splat(p.s))];
    const [u, v] = [k.variable(k.load("i32v", { base: x, disp: 77 })), k.variable(k.constant("i32v", -5))];
    const [n, m] = [k.variable(p.n), k.variable(p.m)];
    generator.block({ floats: [f, g], words: [u, v], ints: [n, m] }, 2, 14);
    [f, g, u, v].forEach((vector, i) => {
      k.store({ base: out, disp: 9000 + 64 * i }, vector);
    });
    k.storeInt("i64", { base: out, disp: 9400 }, n);
    k.storeInt("i64", { base: out, disp: 9408 }, m);
  });
}

describe.each(testMachines())("random programs on $target.name", (machine) => {
  it("agree with the interpreter", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1 << 30 }), (seed) => {
        const difference = firstDifference(
          runBoth(machine, {
            kernel: randomKernel(seed),
            arrange: (bytes) => {
              const random = new Random(seed + 1);
              const view = new DataView(bytes.buffer, bytes.byteOffset);
              for (let at = 0; at < 2048; at += 4) view.setFloat32(at, random.normal() * 4, true);
              return {
                x: 64 + random.below(8),
                out: 8192,
                n: random.below(100),
                m: -random.below(9),
                s: random.normal(),
              };
            },
          }),
          "f16",
        );
        expect(difference).toBeUndefined();
      }),
      { numRuns: 150, seed: 20240131 },
    );
  });
});
