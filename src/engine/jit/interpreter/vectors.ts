/** The reference semantics of every vector op, lane by lane. */
import { assert } from "../../../base/errors.ts";
import { bf16ToF32, f32ToNormalBf16 } from "../../../base/half.ts";
import type { Instr, Kind, Relation } from "../ir.ts";
import {
  f32Of,
  fusedMultiplyAdd,
  i8Of,
  i16Of,
  i32Of,
  roundEven,
  type Scalar,
  u8Of,
  u16Of,
  type Vector,
  Words,
} from "./values.ts";

export interface RuleContext {
  readonly instr: Instr;
  readonly lanes: number;
  readonly fused: boolean;
  readonly float: Readonly<Record<string, (a: number, b: number, c: number, fused: boolean) => number>>;
}
type Rule = (args: readonly (Scalar | Vector)[], context: RuleContext) => Scalar | Vector;
type Element = Int32Array | Int16Array | Int8Array;

/** View of the elements that an integer op of this kind works on; stores wrap. */
function elements(kind: Kind, v: Vector): Element {
  if (kind === "i16v") return i16Of(v);
  return kind === "i8v" || kind === "u8v" ? i8Of(v) : i32Of(v);
}

const INTEGER: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => Math.imul(a, b),
  min: Math.min,
  max: Math.max,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  andnot: (a, b) => ~a & b,
  shl: (a, count) => a << count,
  sar: (a, count) => a >> count,
};

/** Elements of two vectors by turns, byte by byte within each 16 bytes. */
const zip: Rule = ([a, b], { instr, lanes }) => {
  const [bytes, half] = instr.words as number[];
  const out = new Words(lanes);
  const [from, to] = [[a, b].map((v) => u8Of(v as Vector)), u8Of(out)];
  for (let i = 0; i < to.length; i++) {
    const element = Math.floor((i % 16) / bytes);
    const at = i - (i % 16) + 8 * half + (element >> 1) * bytes + (i % bytes);
    to[i] = from[element % 2][at];
  }
  return out;
};

/** An op on single elements; the instruction's kind selects float or integer. */
const elementwise: Rule = (args, { instr, lanes, fused, float }) => {
  const out = new Words(lanes);
  const vectors = args as Vector[];
  if (instr.kind === "f32v" && float[instr.op] !== undefined) {
    const [a, b, c] = vectors.map(f32Of);
    f32Of(out).forEach((_, l, to) => {
      to[l] = float[instr.op](a[l], b?.[l], c?.[l], fused);
    });
    return out;
  }
  const a = elements(instr.kind, vectors[0]);
  const b = vectors[1] === undefined ? undefined : elements(instr.kind, vectors[1]);
  elements(instr.kind, out).forEach((_, l, to) => {
    to[l] = INTEGER[instr.op](a[l], b === undefined ? (instr.imm ?? 0) : b[l]);
  });
  return out;
};

const shiftRightLogical: Rule = ([a], { instr, lanes }) => {
  const out = new Words(lanes);
  const count = instr.imm ?? 0;
  if (instr.kind === "i16v") u16Of(out).set(u16Of(a as Vector).map((x) => x >>> count));
  else out.set((a as Vector).map((x) => x >>> count));
  return out;
};

const RELATIONS: Readonly<Record<Relation, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  ">=": (a, b) => a >= b,
  ">": (a, b) => a > b,
};

const compare: Rule = (args, { instr, lanes }) => {
  const [a, b] = (args as Vector[]).map((v) => (instr.kind === "f32v" ? f32Of(v) : i32Of(v)));
  const holds = RELATIONS[instr.relation as Relation];
  return Words.from({ length: lanes }, (_, l) => (holds(a[l], b[l]) ? 0xffffffff : 0));
};

const dot4: Rule = (args, { instr, lanes }) => {
  const [acc, a, b] = args as Vector[];
  const [au, bi, out] = [u8Of(a), i8Of(b), i32Of(new Words(lanes))];
  const max = instr.imm ?? 255;
  assert(
    au.every((x) => x <= max),
    `dot4 got a byte above the promised maximum ${max}`,
  );
  i32Of(acc).forEach((start, l) => {
    let sum = start;
    for (let i = 4 * l; i < 4 * l + 4; i++) sum += au[i] * bi[i];
    out[l] = sum;
  });
  return new Words(out.buffer as ArrayBuffer);
};

const madd: Rule = (args, { lanes }) => {
  const [a, b] = (args as Vector[]).map(i16Of);
  const out = new Words(lanes);
  i32Of(out).forEach((_, l, to) => {
    to[l] = a[2 * l] * b[2 * l] + a[2 * l + 1] * b[2 * l + 1];
  });
  return out;
};

const dotBf16: Rule = (args, { lanes, fused }) => {
  const [acc, a, b] = args as Vector[];
  const [au, bu, start] = [u16Of(a), u16Of(b), f32Of(acc)];
  const out = new Words(lanes);
  f32Of(out).forEach((_, l, to) => {
    const product = (i: number, c: number) =>
      Math.fround(fusedMultiplyAdd(bf16ToF32(au[i]), bf16ToF32(bu[i]), c, fused));
    to[l] = product(2 * l, product(2 * l + 1, start[l]));
  });
  return out;
};

/** @param place of element l of the upper (1) or lower (0) operand in the result. */
function narrowBf16(place: (l: number, upper: 0 | 1, lanes: number) => number): Rule {
  return (args, { lanes }) => {
    const [upper, lower] = (args as Vector[]).map(f32Of);
    const out = new Words(lanes);
    const to = u16Of(out);
    lower.forEach((value, l) => {
      to[place(l, 0, lanes)] = f32ToNormalBf16(value);
    });
    upper.forEach((value, l) => {
      to[place(l, 1, lanes)] = f32ToNormalBf16(value);
    });
    return out;
  };
}

const choose = (first: boolean, a: number, b: number): number => (first ? a : b);

function reduce(float: (a: number, b: number) => number, integer: (a: number, b: number) => number): Rule {
  return ([vector], { instr, lanes }) => {
    const isFloat = instr.kind === "f32v";
    const work = isFloat ? f32Of((vector as Vector).slice()) : i32Of((vector as Vector).slice());
    for (let half = lanes / 2; half >= 1; half /= 2) {
      for (let l = 0; l < half; l++)
        work[l] = isFloat ? float(work[l], work[l + half]) : integer(work[l], work[l + half]);
    }
    return isFloat ? work[0] : BigInt(work[0]);
  };
}

const splat: Rule = ([scalar], { lanes }) => {
  const out = new Words(lanes);
  if (typeof scalar === "number") f32Of(out).fill(scalar);
  else out.fill(Number(BigInt.asUintN(32, scalar as bigint)));
  return out;
};

const lookup16: Rule = ([table, index], { lanes }) => {
  const [from, at, out] = [u8Of(table as Vector), u8Of(index as Vector), new Words(lanes)];
  u8Of(out).forEach((_, i, to) => {
    assert(at[i] < 16, "lookup16 takes indices below 16");
    to[i] = from[(i & ~15) + at[i]];
  });
  return out;
};

const firstLanes: Rule = ([count], { lanes }) => {
  assert(
    (count as bigint) >= 0n && (count as bigint) < 2n ** 31n,
    `firstLanes takes 0 to 2^31 - 1, got ${count}`,
  );
  return Words.from({ length: lanes }, (_, l) => (BigInt(l) < (count as bigint) ? 0xffffffff : 0));
};

function toI32(value: number): number {
  const rounded = roundEven(value);
  return rounded >= -(2 ** 31) && rounded < 2 ** 31 ? rounded : -(2 ** 31);
}

export const VECTOR_RULES: Readonly<Record<string, Rule | undefined>> = {
  ...Object.fromEntries(
    "add sub mul div min max sqrt round fma fnma and or xor andnot shl sar"
      .split(" ")
      .map((op) => [op, elementwise]),
  ),
  shr: shiftRightLogical,
  compare,
  select: ([mask, a, b], { lanes }) =>
    Words.from({ length: lanes }, (_, l) =>
      (mask as Vector)[l] !== 0 ? (a as Vector)[l] : (b as Vector)[l],
    ),
  toF32: ([a], { lanes }) => {
    const out = new Words(lanes);
    f32Of(out).set(i32Of(a as Vector));
    return out;
  },
  toI32: ([a], { lanes }) => {
    const out = new Words(lanes);
    i32Of(out).set(Array.from(f32Of(a as Vector), toI32));
    return out;
  },
  dot4,
  dotBf16,
  joinBf16: narrowBf16((l, upper, lanes) => l + upper * lanes),
  pairBf16: narrowBf16((l, upper) => 2 * l + upper),
  madd,
  splat,
  lane0: ([v], { instr }) => (instr.kind === "f32v" ? f32Of(v as Vector)[0] : BigInt(i32Of(v as Vector)[0])),
  reduceAdd: reduce(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  reduceMax: reduce((a, b) => choose(a > b, a, b), Math.max),
  reduceMin: reduce((a, b) => choose(a < b, a, b), Math.min),
  permute: ([v], { instr, lanes }) =>
    Words.from({ length: lanes }, (_, l) => (v as Vector)[(instr.words as number[])[l]]),
  permute2: ([a, b], { instr, lanes }) =>
    Words.from({ length: lanes }, (_, l) => {
      const index = (instr.words as number[])[l];
      return index < lanes ? (a as Vector)[index] : (b as Vector)[index - lanes];
    }),
  pickHalves: ([a, indices, b], { lanes }) => {
    const [first, second, out] = [u16Of(a as Vector), u16Of(b as Vector), new Words(lanes)];
    u16Of(out).set(
      u16Of(indices as Vector).map((index) => {
        const at = index % (4 * lanes);
        return at < 2 * lanes ? first[at] : second[at - 2 * lanes];
      }),
    );
    return out;
  },
  zip,
  lookup16,
  firstLanes,
};
