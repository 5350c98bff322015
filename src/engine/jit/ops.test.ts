/** Every op of the language, on every target of this machine, compared with the interpreter. */
import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import {
  firstDifference,
  hasRelaxedSimd,
  runBoth,
  testMachines,
} from "../../../test/support/kernel-machines.ts";
import { Random } from "../../base/random.ts";
import { type Arguments, type KernelBuilder, kernel } from "./builder.ts";
import type { Relation } from "./ir.ts";
import type { Operand, Value } from "./language/core.ts";

// Node 20 has relaxed SIMD behind a flag. In versions without the flag this has no effect.
setFlagsFromString("--experimental-wasm-relaxed-simd");

const RELATIONS: readonly Relation[] = ["<", "<=", "==", "!=", ">=", ">"];
const PARAMETERS = {
  x: "ptr",
  y: "ptr",
  z: "ptr",
  out: "ptr",
  i: "int",
  j: "int",
  count: "int",
  s: "f32",
} as const;
type P = Arguments<typeof PARAMETERS>;

type Numbers = "f32" | "f32v" | "i32v" | "i16v" | "i8v" | "u8v" | "int";
/** Picking an op by name loses its generic type; this is the common type of those picked here. */
type AnyOp = <K extends Numbers>(a: Operand<K>, b?: Operand<K> | number, c?: Operand<K> | number) => Value<K>;
function pick(k: KernelBuilder, op: keyof KernelBuilder): AnyOp {
  return (k[op] as AnyOp).bind(k) as AnyOp;
}

interface Case {
  readonly name: string;
  readonly data: "f32" | "bytes" | "f16" | "bf16" | "small";
  readonly body: (k: KernelBuilder, p: P) => void;
}

const floats: Case["data"] = "f32";
const bytes: Case["data"] = "bytes";
const cases: Case[] = [];
function add(name: string, data: Case["data"], body: Case["body"]): void {
  cases.push({ name, data, body });
}

for (const op of ["add", "sub", "mul", "div", "min", "max"] as const) {
  add(`${op} f32v`, floats, (k, p) => k.store(p.out, pick(k, op)(k.load("f32v", p.x), k.load("f32v", p.y))));
  add(`${op} f32`, floats, (k, p) => k.storeF32(p.out, pick(k, op)(k.loadF32(p.x), k.loadF32(p.y))));
  add(`${op} f32v by a literal`, floats, (k, p) => k.store(p.out, pick(k, op)(k.load("f32v", p.x), 1.7)));
}
for (const op of ["fma", "fnma"] as const) {
  add(`${op} f32v, each operand overwritten`, floats, (k, p) => {
    const load = () => [p.x, p.y, p.z].map((at) => k.load("f32v", { base: at, disp: 4 }));
    const [a, b, c] = load();
    const [va, vb, vc] = [k.variable(a), k.variable(b), k.variable(c)];
    k.store({ base: p.out, disp: 0 }, pick(k, op)(a, b, c));
    va.set(pick(k, op)(va, b, c));
    vb.set(pick(k, op)(a, vb, c));
    vc.set(pick(k, op)(a, b, vc));
    [va, vb, vc].forEach((v, i) => {
      k.store({ base: p.out, disp: 256 * (i + 1) }, v);
    });
    k.store({ base: p.out, disp: 1024 }, pick(k, op)(k.load("f32v", p.x), k.broadcastF32(p.y), c));
    k.store({ base: p.out, disp: 1280 }, pick(k, op)(a, 2.5, 0.3));
    k.store({ base: p.out, disp: 1536 }, pick(k, op)(a, b, 0.3));
    k.store({ base: p.out, disp: 1792 }, pick(k, op)(c, c, c));
    vc.set(pick(k, op)(vc, vc, a));
    k.store({ base: p.out, disp: 2048 }, vc);
  });
  add(`${op} f32`, floats, (k, p) =>
    k.storeF32(p.out, pick(k, op)(k.loadF32(p.x), k.loadF32(p.y), k.loadF32(p.z))),
  );
}
add("sqrt, round, abs, neg f32v", floats, (k, p) => {
  const x = k.load("f32v", p.x);
  [k.sqrt(x), k.round(x), k.abs(x), k.neg(x), k.rsqrt(x)].forEach((v, i) => {
    k.store({ base: p.out, disp: 64 * i }, v);
  });
});
add("sqrt, round f32", floats, (k, p) => {
  k.storeF32(p.out, k.sqrt(k.loadF32(p.x)));
  k.storeF32({ base: p.out, disp: 4 }, k.round(k.loadF32(p.y)));
});
add("exp and silu f32v", floats, (k, p) => {
  k.store(p.out, k.exp(k.load("f32v", p.x)));
  k.store({ base: p.out, disp: 64 }, k.silu(k.load("f32v", p.y)));
});
for (const kind of ["i32v", "i16v", "i8v", "u8v"] as const) {
  for (const op of ["add", "sub", "and", "or", "xor", "andnot"] as const)
    add(`${op} ${kind}`, bytes, (k, p) => {
      const [x, y] = [k.load(kind, p.x), k.load(kind, p.y)];
      k.store(p.out, pick(k, op)(x, y));
      k.store({ base: p.out, disp: 64 }, pick(k, op)(x, 0x5a));
      k.store({ base: p.out, disp: 128 }, pick(k, op)(x, k.broadcast4(kind, p.z)));
    });
}
add("and joined to or", bytes, (k, p) => {
  const [x, y, z] = [k.load("i32v", p.x), k.load("i32v", p.y), k.load("i32v", p.z)];
  const changing = k.variable(k.load("i32v", p.z));
  const results = [
    k.or(k.and(x, y), z),
    k.or(z, k.and(x, 0x0f0f0f0f)),
    k.or(k.and(x, 0x0f0f0f0f), k.and(k.shr(y, 4), 0x30303030)),
    k.or(k.and(x, y), x),
    k.or(k.and(x, k.broadcast4("i32v", p.y)), k.load("i32v", { base: p.z, disp: 4 })),
  ];
  const early = k.and(changing, x);
  changing.set(k.or(changing, k.and(x, y)));
  results.push(k.or(early, z));
  changing.set(k.or(k.and(changing, y), x));
  changing.set(k.or(x, k.and(changing, y)));
  const twice = k.and(x, z);
  results.push(k.or(twice, y), k.xor(twice, changing));
  k.loop(0, 3, 1, () => changing.set(k.or(k.and(y, z), changing)));
  results.push(changing.value);
  results.forEach((result, i) => {
    k.store({ base: p.out, disp: 64 * i }, result);
  });
});
for (const kind of ["i32v", "i16v"] as const) {
  add(`mul ${kind}`, bytes, (k, p) => k.store(p.out, k.mul(k.load(kind, p.x), k.load(kind, p.y))));
  for (const op of ["shl", "shr", "sar"] as const)
    for (const count of [0, 1, 7, 15])
      add(`${op} ${kind} by ${count}`, bytes, (k, p) =>
        k.store(p.out, pick(k, op)(k.load(kind, p.x), count)),
      );
}
for (const op of ["min", "max"] as const)
  add(`${op} i32v`, bytes, (k, p) => k.store(p.out, pick(k, op)(k.load("i32v", p.x), k.load("i32v", p.y))));
for (const relation of RELATIONS) {
  for (const [kind, data] of [
    ["f32v", floats],
    ["i32v", bytes],
  ] as const)
    add(`compare ${kind} ${relation} and select`, data, (k, p) => {
      const [x, y] = [k.load(kind, p.x), k.load(kind, p.y)];
      k.store(p.out, k.select(k.compare(x, relation, y), x, y));
      k.store({ base: p.out, disp: 64 }, k.select(k.compare(x, relation, x), y, 0));
      const both = k.and(k.compare(x, relation, y), k.compare(y, relation, k.load(kind, p.z)));
      k.store({ base: p.out, disp: 128 }, k.select(both, x, 3));
      const either = k.or(k.compare(x, relation, 1), k.compare(y, relation, 2));
      k.store({ base: p.out, disp: 192 }, k.select(either, x, 3));
    });
  add(`if f32 ${relation}`, floats, (k, p) => {
    const [x, y] = [k.loadF32(p.x), k.loadF32(p.y)];
    k.if(
      k.is(x, relation, y),
      () => k.storeF32(p.out, x),
      () => k.storeF32({ base: p.out, disp: 4 }, y),
    );
    k.if(k.is(x, relation, x), () => k.storeF32({ base: p.out, disp: 8 }, y));
  });
  add(`if int ${relation}`, bytes, (k, p) => {
    const [i, j] = [p.i, p.j];
    k.if(
      k.is(i, relation, j),
      () => k.storeInt("i64", p.out, i),
      () => k.storeInt("i64", { base: p.out, disp: 8 }, j),
    );
    for (const [n, literal] of [0, 5, -1000, 2 ** 40].entries())
      k.if(k.is(i, relation, literal), () => k.storeInt("i32", { base: p.out, disp: 16 + 4 * n }, j));
    k.if(k.is(p.x, relation, p.y), () => k.storeInt("i8", { base: p.out, disp: 40 }, i));
  });
}
add("i32v to f32v and back", floats, (k, p) => {
  k.store(p.out, k.toF32(k.load("i32v", p.x)));
  k.store({ base: p.out, disp: 64 }, k.toI32(k.mul(k.toF32(k.load("i32v", p.y)), 0.37)));
});
add("int to f32 and back", bytes, (k, p) => {
  const f = k.toF32(p.i);
  k.storeF32(p.out, f);
  k.storeInt("i64", { base: p.out, disp: 8 }, k.toI32(k.mul(k.toF32(k.loadInt("i16", p.x)), 0.37)));
});
add("dot4 of any bytes", bytes, (k, p) => {
  const [u, i, acc] = [k.load("u8v", p.x), k.load("i8v", p.y), k.load("i32v", p.z)];
  k.store(p.out, k.dot4(acc, u, i));
  k.store({ base: p.out, disp: 64 }, k.dot4(acc, u, k.broadcast4("i8v", p.y)));
  const sum = k.variable(acc);
  sum.set(k.dot4(sum, u, i));
  sum.set(k.dot4(sum, k.as("u8v", sum), i));
  k.store({ base: p.out, disp: 128 }, sum);
});
for (const max of [15, 127])
  add(`dot4 of bytes up to ${max}`, bytes, (k, p) => {
    const [u, i] = [k.and(k.load("u8v", p.x), max), k.load("i8v", p.y)];
    const sum = k.variable(k.constant("i32v", 7));
    sum.set(k.dot4(sum, u, i, { max }));
    sum.set(k.dot4(sum, u, k.broadcast4("i8v", p.z), { max }));
    k.store(p.out, sum);
  });
add("dot4Sum and dot4Split", bytes, (k, p) => {
  const [u, i, acc] = [k.load("u8v", p.x), k.load("i8v", p.y), k.load("i32v", p.z)];
  for (const [n, max] of [255, 127, 63, 15, 3].entries()) {
    const a = k.and(u, max);
    const groups = Array.from({ length: 9 }, (_, g) => ({
      a,
      b: g % 2 === 0 ? i : k.broadcast4("i8v", { base: p.y, disp: 4 * g }),
    }));
    k.store({ base: p.out, disp: 64 * n }, k.dot4Sum(acc, groups, { max }));
  }
  const [even, odd] = [k.load("i16v", p.y), k.load("i16v", p.z)];
  k.store({ base: p.out, disp: 320 }, k.dot4Split(acc, u, even, odd));
});
add("madd i16v", bytes, (k, p) => {
  k.store(p.out, k.madd(k.load("i16v", p.x), k.load("i16v", p.y)));
  k.store({ base: p.out, disp: 64 }, k.madd(k.load("i16v", p.x), k.constant("i16v", -3)));
});
add("nibbles and lookup16", bytes, (k, p) => {
  const table = k.bytes16([-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]);
  const q = k.load("u8v", p.x);
  k.store(p.out, k.lookup16(table, k.lowNibbles(q)));
  k.store({ base: p.out, disp: 64 }, k.lookup16(table, k.highNibbles(q)));
});
for (const entries of [64, 128, 1024, 2048])
  add(`lookup of ${entries} words`, bytes, (k, p) => {
    // The table: different words, so that a permutation of chunks would be detected.
    const table = k.offset(p.out, 4096);
    k.loop(0, entries + 1, 1, (i) => k.storeInt("i16", { base: table, index: i, scale: 2 }, k.mul(i, 40503)));
    const index = k.variable(k.and(k.load("i16v", p.x), entries - 1));
    k.store(p.out, k.lookup(table, index, entries));
    index.set(k.and(k.lookup(table, index, entries), entries - 1));
    k.store({ base: p.out, disp: 64 }, index);
    k.store({ base: p.out, disp: 128 }, k.lookup(table, k.constant("i16v", entries - 1), entries));
  });
add("splat, lane0", floats, (k, p) => {
  k.store(p.out, k.splat(p.s));
  k.store({ base: p.out, disp: 64 }, k.splat(p.i));
  k.storeF32({ base: p.out, disp: 128 }, k.lane0(k.load("f32v", p.x)));
  k.storeInt("i64", { base: p.out, disp: 136 }, k.lane0(k.load("i32v", p.x)));
});
for (const op of ["reduceAdd", "reduceMax", "reduceMin"] as const) {
  add(`${op} f32v`, floats, (k, p) => k.storeF32(p.out, k[op](k.load("f32v", p.x))));
  add(`${op} i32v`, bytes, (k, p) => k.storeInt("i64", p.out, k[op](k.load("i32v", p.x))));
}
add("permute", floats, (k, p) => {
  const reversed = Array.from({ length: k.lanes }, (_, l) => k.lanes - 1 - l);
  const pairs = Array.from({ length: k.lanes }, (_, l) => l ^ 1);
  k.store(p.out, k.permute(k.load("f32v", p.x), reversed));
  k.store({ base: p.out, disp: 64 }, k.permute(k.load("i32v", p.x), pairs));
  const inPlace = k.variable(k.load("f32v", p.y));
  inPlace.set(k.permute(inPlace, pairs));
  k.store({ base: p.out, disp: 128 }, inPlace);
});
add("permute2", floats, (k, p) => {
  const zip = Array.from({ length: k.lanes }, (_, l) => (l % 2) * k.lanes + (l >> 1));
  const some = Array.from({ length: k.lanes }, (_, l) => (7 * l + 3) % (2 * k.lanes));
  const [x, y] = [k.load("f32v", p.x), k.load("f32v", p.y)];
  k.store(p.out, k.permute2(x, y, zip));
  k.store({ base: p.out, disp: 64 }, k.permute2(y, x, some));
  k.store({ base: p.out, disp: 128 }, k.permute2(x, x, zip));
});
add("permute2 by quarters", floats, (k, p) => {
  const [x, y] = [k.load("i32v", p.x), k.load("i32v", p.y)];
  const everySecond = (first: number) => (l: number) => 8 * (l >> 2) + 4 * first + (l & 3);
  const crossing = (l: number): number => (everySecond(1)(l) + 4) % (2 * k.lanes);
  const shifted = (l: number): number => (everySecond(0)(l) + 1) % (2 * k.lanes);
  [everySecond(0), everySecond(1), crossing, shifted].forEach((from, i) => {
    const indices = Array.from({ length: k.lanes }, (_, l) => from(l));
    k.store({ base: p.out, disp: 64 * i }, k.permute2(x, y, indices));
  });
});
/** Exchanges a bit of the lane's index with the choice of operand, as transpositions do. */
for (const half of [0, 1])
  add(`permute2 by bits, half ${half}`, floats, (k, p) => {
    const [x, y] = [k.load("f32v", p.x), k.load("f32v", p.y)];
    let disp = 0;
    for (let bit = 1; bit < k.lanes; bit *= 2) {
      const from = (l: number) => (l & ~bit) + half * bit + ((l & bit) === 0 ? 0 : k.lanes);
      const indices = Array.from({ length: k.lanes }, (_, l) => from(l));
      // Into a new register, and into those of the operands.
      k.store({ base: p.out, disp }, k.permute2(x, y, indices));
      const sum = k.variable(k.add(x, y));
      sum.set(k.permute2(sum, y, indices));
      k.store({ base: p.out, disp: disp + 64 }, sum);
      disp += 128;
    }
  });
add("pickHalves", bytes, (k, p) => {
  if (k.lanes < 16) return;
  const [x, y] = [k.load("i16v", p.x), k.load("i16v", { base: p.y, disp: 2 })];
  const some = Array.from({ length: 2 * k.lanes }, (_, i) => (9 * i + 5) % (4 * k.lanes));
  const indices = k.halvesTable(some);
  k.store(p.out, k.pickHalves(x, y, indices));
  k.store({ base: p.out, disp: 64 }, k.pickHalves(x, x, indices));
  // Only the lowest bits of an index count.
  k.store({ base: p.out, disp: 128 }, k.pickHalves(y, x, k.load("i16v", p.z)));
  k.store({ base: p.out, disp: 192 }, k.pickHalves(indices, y, indices));
  const inPlace = k.variable(k.add(x, y));
  inPlace.set(k.pickHalves(y, inPlace, inPlace));
  k.store({ base: p.out, disp: 256 }, inPlace);
});
for (const width of [2, 4] as const)
  add(`zip ${width}`, bytes, (k, p) => {
    const [x, y] = [k.load("i32v", p.x), k.load("i32v", p.y)];
    k.store(p.out, k.zip(x, y, width, "lower"));
    k.store({ base: p.out, disp: 64 }, k.zip(y, x, width, "upper"));
    const inPlace = k.variable(k.add(x, y));
    inPlace.set(k.zip(inPlace, y, width, "upper"));
    k.store({ base: p.out, disp: 128 }, inPlace);
  });
add("loadQuad", bytes, (k, p) => {
  const first = k.loadQuad("i32v", { base: p.x, disp: 5 }, 0, undefined);
  k.store(p.out, first);
  let all = first;
  for (let quarter = 1; 4 * quarter < k.lanes; quarter++)
    all = k.loadQuad("i32v", { base: quarter % 2 === 1 ? p.y : p.x, disp: 16 * quarter - 3 }, quarter, all);
  k.store({ base: p.out, disp: 64 }, all);
});
add("loadHalves", bytes, (k, p) => {
  const places = [7, 0, 1, 20, 14, 9, 2, 31].map((disp) => ({ base: p.x, disp }));
  k.store(p.out, k.loadHalves(places));
  k.store({ base: p.out, disp: 64 }, k.loadHalves(places.slice(0, 3)));
});
add("joinQuad, floatsOf, integersOf", bytes, (k, p) => {
  const [x, y] = [k.load("i16v", p.x), k.load("i16v", p.y)];
  for (let quarter = 0; 4 * quarter < k.lanes; quarter++)
    k.store({ base: p.out, disp: 64 * quarter }, k.joinQuad(x, y, quarter));
  const inPlace = k.variable(k.add(x, y));
  inPlace.set(k.joinQuad(x, inPlace, k.lanes / 4 - 1));
  k.store({ base: p.out, disp: 256 }, inPlace);
  // No NaN, whose bits may change.
  k.store({ base: p.out, disp: 320 }, k.floatsOf(k.and(x, 0xbbff)));
  k.store({ base: p.out, disp: 384 }, k.integersOf(y));
  if (k.lanes === 16) k.store({ base: p.out, disp: 448 }, k.lowHalves(k.as("i32v", y)));
});
add("storeQuad", bytes, (k, p) => {
  const x = k.load("i32v", p.x);
  const last = k.lanes / 4 - 1;
  for (let quarter = 0; quarter <= last; quarter++)
    k.storeQuad({ base: p.out, disp: 20 * quarter + 1 }, x, last - quarter);
});
add("table", bytes, (k, p) =>
  k.store(p.out, k.add(k.load("i32v", p.x), k.table(Array.from({ length: k.lanes }, (_, l) => l * l)))),
);
for (const from of ["i8", "u8", "i16", "u16"] as const)
  add(`loadIntegers ${from}`, bytes, (k, p) => {
    k.store(p.out, k.loadIntegers(from, p.x));
    const mask = k.firstLanes(p.count);
    k.store({ base: p.out, disp: 64 }, k.loadIntegers(from, { base: p.y, disp: 3 }, { mask }));
  });
for (const to of ["i8", "i16"] as const)
  add(`storeIntegers ${to}`, bytes, (k, p) => {
    const v = k.sar(k.load("i32v", p.x), 15);
    const mask = k.firstLanes(p.count);
    k.storeIntegers(to, p.out, v);
    k.storeIntegers(to, { base: p.out, disp: 64 }, k.load("i32v", p.y));
    k.storeIntegers(to, { base: p.out, disp: 129 }, v, { mask });
  });
for (const half of ["f16", "bf16"] as const) {
  add(`loadFloats ${half}`, half, (k, p) => {
    k.store(p.out, k.loadFloats(half, p.x));
    const mask = k.firstLanes(p.count);
    k.store({ base: p.out, disp: 64 }, k.loadFloats(half, { base: p.y, disp: 2 }, { mask }));
    k.storeF32({ base: p.out, disp: 128 }, k.loadF32(p.z, half));
  });
  add(`storeFloats ${half}`, half === "f16" ? "small" : floats, (k, p) => {
    k.storeFloats(half, p.out, k.load("f32v", p.x));
    const mask = k.firstLanes(p.count);
    k.storeFloats(half, { base: p.out, disp: 66 }, k.load("f32v", p.y), { mask });
  });
}
add("joinBf16 and pairBf16", floats, (k, p) => {
  const [x, y] = [k.load("f32v", p.x), k.load("f32v", p.y)];
  const changing = k.variable(y);
  const results = [
    k.joinBf16(x, y),
    k.pairBf16(x, y),
    k.pairBf16(x, x),
    k.joinBf16(k.load("f32v", p.z), x),
    k.pairBf16(k.broadcastF32(p.z), x),
    k.pairBf16(changing, x),
  ];
  results.forEach((v, i) => {
    k.store({ base: p.out, disp: 64 * i }, v);
  });
});
add("masked load and store", floats, (k, p) => {
  const mask = k.firstLanes(p.count);
  k.store(p.out, k.load("f32v", p.x, { mask }));
  k.store({ base: p.out, disp: 65 }, k.load("i32v", { base: p.y, disp: 1 }, { mask }), { mask });
  const positive = k.compare(k.load("f32v", p.z), ">", 0);
  k.store({ base: p.out, disp: 256 }, k.load("f32v", p.x), { mask: positive });
});
add("broadcast and addressing", bytes, (k, p) => {
  const index = k.and(p.i, 15);
  for (const scale of [1, 2, 4, 8] as const) {
    k.store({ base: p.out, disp: 64 * scale }, k.broadcast4("i32v", { base: p.x, index, scale, disp: 5 }));
    k.store({ base: p.out, index, scale, disp: 1000 }, k.broadcastF32({ base: p.x, index, scale, disp: -3 }));
    k.store(
      { base: p.out, disp: 2000 + 64 * scale },
      k.load("i8v", { base: p.y, index, scale, disp: 100000 }),
    );
  }
});
for (const from of ["i8", "u8", "i16", "u16", "i32", "u32", "i64"] as const)
  add(`loadInt ${from}`, bytes, (k, p) => k.storeInt("i64", p.out, k.loadInt(from, { base: p.x, disp: 1 })));
for (const to of ["i8", "i16", "i32", "i64"] as const)
  add(`storeInt ${to}`, bytes, (k, p) => k.storeInt(to, { base: p.out, disp: 3 }, p.i));
for (const op of ["add", "sub", "mul", "and", "or", "xor", "min", "max"] as const)
  add(`${op} int`, bytes, (k, p) => {
    const [i, j] = [p.i, p.j];
    const results = [
      pick(k, op)(i, j),
      pick(k, op)(j, i),
      pick(k, op)(i, i),
      pick(k, op)(i, 5),
      pick(k, op)(i, -70000),
      pick(k, op)(i, 2 ** 33),
    ];
    const inPlace = k.variable(i);
    inPlace.set(pick(k, op)(j, inPlace));
    results.push(inPlace.value);
    results.forEach((v, n) => {
      k.storeInt("i64", { base: p.out, disp: 8 * n }, v);
    });
  });
for (const op of ["div", "rem"] as const)
  add(`${op} int`, bytes, (k, p) => {
    const [i, j] = [k.or(k.shr(p.i, 1), 2), k.or(k.shr(p.j, 30), 1)];
    const results = [pick(k, op)(i, j), pick(k, op)(j, i), pick(k, op)(i, 48), pick(k, op)(j, j)];
    results.forEach((v, n) => {
      k.storeInt("i64", { base: p.out, disp: 8 * n }, v);
    });
    k.storeInt("i64", { base: p.out, disp: 64 }, k.add(i, j));
  });
for (const op of ["shl", "shr", "sar"] as const)
  add(`${op} int`, bytes, (k, p) => {
    const [i, j] = [p.i, k.and(p.j, 63)];
    [pick(k, op)(i, j), pick(k, op)(i, 1), pick(k, op)(i, 63), pick(k, op)(j, j)].forEach((v, n) => {
      k.storeInt("i64", { base: p.out, disp: 8 * n }, v);
    });
  });
add("pointers", bytes, (k, p) => {
  const pointer = k.variable(p.x);
  k.advance(pointer, 12);
  k.advance(pointer, k.and(p.i, 31));
  k.storeInt("i32", p.out, k.loadInt("i32", { base: pointer, disp: -4 }));
  k.storeInt("i32", { base: p.out, disp: 4 }, k.loadInt("i32", k.offset(p.y, k.and(p.j, 31))));
});
add("atomics, fence, pause, prefetch", bytes, (k, p) => {
  k.prefetch({ base: p.x, disp: 4096 });
  k.prefetch(p.y, "stream");
  k.prefetch({ base: p.y, disp: 64 }, "second");
  k.storeInt("i64", p.out, k.atomicAdd({ base: p.z, disp: 8 }, p.i));
  k.fence();
  k.storeInt("i64", { base: p.out, disp: 8 }, k.atomicLoad({ base: p.z, disp: 8 }));
  k.pause();
  k.atomicStore({ base: p.out, disp: 16 }, p.j);
});
add("loops, nested, with variables", bytes, (k, p) => {
  const [x, count, total] = [p.x, p.count, k.variable(k.constant("int", 0))];
  k.loop(0, count, 1, (i) => {
    const row = k.variable(k.constant("int", 0));
    k.loop(i, 9, 2, (j) => {
      k.if(k.is(i, "!=", 3), () => {
        row.set(k.add(row, k.loadInt("u8", { base: x, index: k.add(i, j) })));
      });
    });
    total.set(k.add(k.mul(total, 3), row));
  });
  k.storeInt("i64", p.out, total);
  const steps = k.variable(k.constant("int", 0));
  const n = k.variable(k.and(p.i, 0xffff));
  k.while(
    () => k.is(n, ">", 0),
    () => {
      n.set(k.shr(n, 1));
      steps.set(k.add(steps, 1));
    },
  );
  k.storeInt("i64", { base: p.out, disp: 8 }, steps);
});
add("vectorLoop with a tail", floats, (k, p) => {
  const [x, out, n] = [p.x, p.out, k.and(p.i, 127)];
  k.vectorLoop(n, (i, mask) => {
    const options = mask === undefined ? {} : { mask };
    const v = k.load("f32v", { base: x, index: i, scale: 4 }, options);
    k.store({ base: out, index: i, scale: 4 }, k.add(v, v), options);
  });
});

const OFFSETS = { x: 0x1000, y: 0x5003, z: 0x9000, out: 0xd000 };

const EDGE_FLOATS = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -2.5,
  1e-40,
  -1e-45,
  2 ** -126,
  65504,
  65519.9,
  65520,
  1e30,
  -3.4e38,
  3.4028235e38,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  88.7,
  88.8,
  -87.3,
  -103.9,
  2147483520,
  5.9604645e-8,
  2.9802322e-8,
  6.1e-5,
  8388609,
  4194303.5,
];
const EDGE_INTS = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 0x7fff, -0x8000, 127, -128, 255];

/** Fills the inputs of the cases: edge values in random combinations of lanes, the rest random. */
function fill(bytes: Uint8Array, data: Case["data"], random: Random): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const windows = [OFFSETS.x, OFFSETS.y, OFFSETS.z].flatMap((start) => [
    start - 0x100,
    start + 100000 - 0x100,
  ]);
  for (const at of windows.flatMap((from) => Array.from({ length: 200 }, (_, i) => (from & ~3) + 4 * i))) {
    const edge = random.below(3) === 0;
    if (data === "f32" || data === "small") {
      const size = data === "small" ? 4 : 30;
      const value = edge
        ? EDGE_FLOATS[random.below(EDGE_FLOATS.length)]
        : random.normal() * Math.exp(random.normal() * size * 0.25);
      view.setFloat32(at, value, true);
    } else view.setUint32(at, edge ? EDGE_INTS[random.below(EDGE_INTS.length)] >>> 0 : random.u32(), true);
  }
}

describe.each(testMachines())("$target.name", (machine) => {
  it.each(cases)("$name", ({ name, data, body }) => {
    const built = kernel(name, PARAMETERS, body);
    for (let seed = 0; seed < 8; seed++) {
      const difference = firstDifference(
        runBoth(machine, {
          kernel: built,
          arrange: (memory, lanes) => {
            const random = new Random(seed);
            fill(memory, data, random);
            const wide = (BigInt(random.u32()) << 32n) | BigInt(random.u32());
            const i = seed < 4 ? BigInt(EDGE_INTS[random.below(EDGE_INTS.length)]) : BigInt.asIntN(64, wide);
            const j = seed % 3 === 0 ? i : BigInt.asIntN(64, wide * 0x9e3779b97f4a7c15n);
            return { ...OFFSETS, i, j, count: seed % (lanes + 2), s: random.normal() };
          },
        }),
        data === "bf16" || data === "f16" ? data : data === "small" ? "f16" : "bf16",
      );
      expect(difference, `seed ${seed}`).toBeUndefined();
    }
  });
});

describe("targets", () => {
  it("reports the targets that it could not run", () => {
    const names = testMachines().map(({ target }) => target.name);
    const missing = ["avx512", "avx2"].filter((name) => !names.includes(name));
    if (!hasRelaxedSimd()) missing.push("wasm relaxed");
    if (missing.length > 0) console.info(`kernel ops: not run on this machine: ${missing.join(", ")}`);
    expect(names).toContain("wasm");
  });
});
