import type { RopePairing } from "../../graph/ops/rope.ts";
import { type Kernel, type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Value } from "../../jit/language/core.ts";
import { constant, f32, forEachTask, input, int, kernelRow, output, tasks } from "../launch.ts";

type Vector = Value<"f32v">;

const PARAMETERS = {
  x: "ptr",
  positions: "ptr",
  turns: "ptr",
  out: "ptr",
  tasks: "ptr",
  rows: "int",
  columns: "int",
  headDim: "int",
  pairs: "int",
  direction: "int",
  magnitude: "f32",
} as const;

/**
 * Frequencies as revolutions per position: `pairs` words in units of 2^-32 turns, then the remainders in radians as
 * f32.
 */
export function turnsOf(frequencies: Float64Array): Int32Array<ArrayBuffer> {
  const table = new Int32Array(2 * frequencies.length);
  const rest = new Float32Array(table.buffer, 4 * frequencies.length);
  frequencies.forEach((frequency, i) => {
    const turns = (frequency / (2 * Math.PI)) % 1;
    const whole = Math.round(turns * 2 ** 32);
    table[i] = whole | 0;
    rest[i] = (turns - whole / 2 ** 32) * 2 * Math.PI;
  });
  return table;
}

/** Polynomial fits on |x| ≤ π/4, in powers of x², highest first. */
const SINE = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
const COSINE = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2];

/** Sine and cosine of `angle` (in 2^-32 turns) + `rest` (radians, tiny). */
function sineAndCosine(k: KernelBuilder, angle: Value<"i32v">, rest: Vector): { sin: Vector; cos: Vector } {
  const quadrant = k.shr(k.add(angle, 1 << 29), 30);
  const reduced = k.toF32(k.sub(angle, k.shl(quadrant, 30)));
  const x = k.fma(reduced, (2 * Math.PI) / 2 ** 32, rest);
  const x2 = k.mul(x, x);
  const series = (coefficients: readonly number[]): Vector => {
    let sum: Vector = k.constant("f32v", coefficients[0]);
    for (const c of coefficients.slice(1)) sum = k.fma(sum, x2, c);
    return sum;
  };
  const sine = k.fma(k.mul(series(SINE), x2), x, x);
  const cosine = k.fma(k.mul(series(COSINE), x2), x2, k.fma(x2, -0.5, k.constant("f32v", 1)));
  const odd = k.compare(k.and(quadrant, 1), "!=", 0);
  const sign = (bit: Value<"i32v">): Value<"i32v"> => k.shl(k.and(bit, 2), 30);
  const flip = (v: Vector, bits: Value<"i32v">): Vector => k.as("f32v", k.xor(k.as("i32v", v), bits));
  return {
    sin: flip(k.select(odd, cosine, sine), sign(quadrant)),
    cos: flip(k.select(odd, sine, cosine), sign(k.add(quadrant, 1))),
  };
}

interface Pairs {
  readonly a: Vector;
  readonly b: Vector;
}

/** Reads and writes the two elements of `lanes` pairs; `pair` is the number of the first pair. */
interface Access {
  load(k: KernelBuilder, head: Value<"ptr">, pair: Value<"int">, count?: Value<"int">): Pairs;
  store(k: KernelBuilder, head: Value<"ptr">, pair: Value<"int">, of: Pairs, count?: Value<"int">): void;
}

const HALVES = (halfBytes: () => Value<"int">): Access => ({
  load(k, head, index, count) {
    const mask = count === undefined ? undefined : k.firstLanes(count);
    const second = k.offset(head, halfBytes());
    return {
      a: k.load("f32v", { base: head, index, scale: 4 }, { mask }),
      b: k.load("f32v", { base: second, index, scale: 4 }, { mask }),
    };
  },
  store(k, head, index, { a, b }, count) {
    const mask = count === undefined ? undefined : k.firstLanes(count);
    const second = k.offset(head, halfBytes());
    k.store({ base: head, index, scale: 4 }, a, { mask });
    k.store({ base: second, index, scale: 4 }, b, { mask });
  },
});

/** Masks of the two vectors that `count` neighbouring pairs fill. */
function twoMasks(k: KernelBuilder, count: Value<"int"> | undefined) {
  if (count === undefined) return [undefined, undefined];
  const elements = k.shl(count, 1);
  return [k.firstLanes(elements), k.firstLanes(k.max(k.sub(elements, k.lanes), k.constant("int", 0)))];
}

const INTERLEAVED: Access = {
  load(k, head, index, count) {
    const [low, high] = twoMasks(k, count).map((mask, i) =>
      k.load("f32v", { base: head, index, scale: 8, disp: 4 * k.lanes * i }, { mask }),
    );
    const every = (start: number) => Array.from({ length: k.lanes }, (_, l) => 2 * l + start);
    return { a: k.permute2(low, high, every(0)), b: k.permute2(low, high, every(1)) };
  },
  store(k, head, index, { a, b }, count) {
    const masks = twoMasks(k, count);
    const from = (start: number) =>
      Array.from({ length: k.lanes }, (_, l) => ((start + l) >> 1) + (l % 2 === 0 ? 0 : k.lanes));
    [0, k.lanes].forEach((start, i) => {
      const at = { base: head, index, scale: 8, disp: 4 * k.lanes * i } as const;
      k.store(at, k.permute2(a, b, from(start)), { mask: masks[i] });
    });
  },
};

function ropeKernel(pairing: RopePairing): Kernel<typeof PARAMETERS> {
  return kernel(`rope_${pairing}`, PARAMETERS, (k, p) => {
    const access = pairing === "interleaved" ? INTERLEAVED : HALVES(() => k.shl(p.pairs, 2));

    /** Rotates the pairs from `pair` on of every head of a row. */
    const rotate = (row: Value<"int">, pair: Value<"int">, count?: Value<"int">): void => {
      const mask = count === undefined ? undefined : k.firstLanes(count);
      const position = k.mul(k.loadInt("i32", { base: p.positions, index: row, scale: 4 }), p.direction);
      const turns = k.load("i32v", { base: p.turns, index: pair, scale: 4 }, { mask });
      const restTable = k.offset(p.turns, k.shl(p.pairs, 2));
      const rest = k.load("f32v", { base: restTable, index: pair, scale: 4 }, { mask });
      const angle = k.mul(turns, k.splat(position));
      const { sin, cos } = sineAndCosine(k, angle, k.mul(rest, k.splat(k.toF32(position))));
      const factor = k.splat(p.magnitude);
      const [s, c] = [k.mul(sin, factor), k.mul(cos, factor)];
      const bytes = k.shl(k.mul(row, p.columns), 2);
      const [from, to] = [k.variable(k.offset(p.x, bytes)), k.variable(k.offset(p.out, bytes))];
      k.loop(0, k.div(p.columns, p.headDim), 1, () => {
        const { a, b } = access.load(k, from.value, pair, count);
        const rotated = { a: k.fnma(b, s, k.mul(a, c)), b: k.fma(b, c, k.mul(a, s)) };
        access.store(k, to.value, pair, rotated, count);
        k.advance(from, k.shl(p.headDim, 2));
        k.advance(to, k.shl(p.headDim, 2));
      });
    };

    /** Copies the elements after the pairs in every head. */
    const copyRest = (row: Value<"int">): void => {
      const passed = k.sub(p.headDim, k.shl(p.pairs, 1));
      k.if(k.is(passed, ">", 0), () => {
        const first = k.add(k.mul(row, p.columns), k.shl(p.pairs, 1));
        const bytes = k.shl(first, 2);
        const [from, to] = [k.variable(k.offset(p.x, bytes)), k.variable(k.offset(p.out, bytes))];
        k.loop(0, k.div(p.columns, p.headDim), 1, () => {
          k.vectorLoop(passed, (index, mask) => {
            const values = k.load("f32v", { base: from, index, scale: 4 }, { mask });
            k.store({ base: to, index, scale: 4 }, values, { mask });
          });
          k.advance(from, k.shl(p.headDim, 2));
          k.advance(to, k.shl(p.headDim, 2));
        });
      });
    };

    forEachTask(k, p.tasks, p.rows, (row) => {
      const whole = k.and(p.pairs, -k.lanes);
      k.loop(0, whole, k.lanes, (pair) => rotate(row, pair));
      k.if(k.is(whole, "<", p.pairs), () => rotate(row, whole, k.sub(p.pairs, whole)));
      copyRest(row);
    });
  });
}

const KERNELS: Readonly<Record<RopePairing, Kernel<typeof PARAMETERS>>> = {
  interleaved: ropeKernel("interleaved"),
  halves: ropeKernel("halves"),
};

/** The same table for every node with these frequencies. */
const TURNS = new WeakMap<Float64Array, Int32Array<ArrayBuffer>>();
function turns(frequencies: Float64Array): Int32Array<ArrayBuffer> {
  const known = TURNS.get(frequencies) ?? turnsOf(frequencies);
  TURNS.set(frequencies, known);
  return known;
}

export const ROPE_ROW = kernelRow({
  op: "rope",
  launch(node) {
    const [x, , frequencies] = node.inputs;
    if (x.dtype !== "F32" || frequencies.leaf?.kind !== "table") return undefined;
    const { headDim, pairing, magnitude, direction } = node.attributes;
    const [rows, columns] = node.shape;
    return {
      kernel: KERNELS[pairing],
      arguments: {
        x: input(0),
        positions: input(1),
        turns: constant(turns(frequencies.leaf.values)),
        out: output,
        tasks,
        rows: int(rows),
        columns: int(columns),
        headDim: int(headDim),
        pairs: int(frequencies.leaf.values.length),
        direction: int(direction),
        magnitude: f32(magnitude),
      },
    };
  },
});
