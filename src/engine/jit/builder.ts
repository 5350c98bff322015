/**
 * The kernel language, as kernels see it: `kernel(name, parameters, body)` defines a kernel; `build(target)` runs the
 * body once and returns its instructions. Loops and choices at build time are plain TypeScript; those at run time are
 * `k.loop`, `k.while` and `k.if`. See docs/kernels.md.
 */

import { coalesceChains } from "./coalesce.ts";
import {
  type Condition,
  countReads,
  instruction,
  type Program,
  type Relation,
  type ScalarKind,
  withoutUnread,
} from "./ir.ts";
import { type Operand, Value } from "./language/core.ts";
import { MemoryBuilder } from "./language/memory.ts";
import type { Target } from "./target.ts";

export class KernelBuilder extends MemoryBuilder {
  /** A condition for `if` and `while`. Integers are signed, pointers unsigned; with NaN only `!=` is true. */
  is<K extends ScalarKind>(
    a: Operand<K>,
    relation: Relation,
    b: Operand<K> | (K extends "int" ? number : K extends "ptr" ? 0 : never),
  ): Condition {
    const left = this.use(a);
    if (typeof b !== "number") return { kind: a.kind, relation, a: left, b: this.use(b) };
    const fits = Number.isInteger(b) && b === (b | 0);
    if (fits) return { kind: a.kind, relation, a: left, imm: b };
    return { kind: a.kind, relation, a: left, b: this.use(this.constant("int", b)) };
  }

  if(condition: Condition, then: () => void, otherwise?: () => void): void {
    const { kind } = condition;
    this.branch("if", kind, condition);
    this.block(then);
    if (otherwise !== undefined) {
      this.effect(instruction("else", kind, []));
      this.block(otherwise);
    }
    this.effect(instruction("endif", kind, []));
  }

  /** Repeats `body` while the condition holds. `condition` is generated twice: before the loop and at its end. */
  while(condition: () => Condition, body: () => void): void {
    this.if(condition(), () => {
      this.effect(instruction("loop", "int", []));
      let again: Condition | undefined;
      this.block(() => {
        this.block(body);
        again = condition();
      });
      this.branch("endloop", "int", again as Condition);
    });
  }

  /** for (i = from; i < to; i += step) body(i). `step` is a positive number; `to` is read once. */
  loop(
    from: Operand<"int"> | number,
    to: Operand<"int"> | number,
    step: number,
    body: (index: Value<"int">) => void,
  ): void {
    if (!(Number.isInteger(step) && step > 0)) this.fail(`loop step ${step} is not a positive integer`);
    const index = this.variable(typeof from === "number" ? this.constant("int", from) : from);
    const end = typeof to === "number" ? to : this.#held(to);
    this.while(
      () => this.is(index, "<", end),
      () => {
        this.block(() => body(this.steady(index)));
        index.set(this.add(index, step));
      },
    );
  }

  /** The bound of a loop must not change while it runs, so a variable is copied once. */
  #held(bound: Operand<"int">): Operand<"int"> {
    const isConstant = bound instanceof Value && bound.variable === undefined;
    return isConstant ? bound : this.variable(bound);
  }

  /** Runs `body` on whole vectors of `lanes` elements, and once, with a mask, on the remaining elements. */
  vectorLoop(
    count: Operand<"int">,
    body: (index: Value<"int">, mask: Value<"mask"> | undefined) => void,
  ): void {
    const total = this.#held(count);
    const whole = this.and(total, -this.lanes);
    this.loop(0, whole, this.lanes, (index) => body(index, undefined));
    this.if(this.is(whole, "<", total), () => body(whole, this.firstLanes(this.sub(total, whole))));
  }

  parameter(slot: number, kind: ScalarKind): Value<ScalarKind> {
    return this.emit(kind, "param", [], slot);
  }
}

export type Parameters = Readonly<Record<string, ScalarKind>>;
/** Reading `p.x` generates a load of the parameter at that place; read it outside loops to load it once. */
export type Arguments<P extends Parameters> = { readonly [Name in keyof P]: Value<P[Name]> };

export interface Kernel<P extends Parameters = Parameters> {
  readonly name: string;
  readonly parameters: P;
  /** Bytes of the argument block: 8 per parameter, in the order of `parameters`. */
  readonly blockBytes: number;
  build(target: Target): Program;
}

/**
 * A kernel: `void name(block)`, the block holding one 8-byte slot per parameter (a pointer, an integer, or the
 * bits of an f32 in the low half).
 */
export function kernel<const P extends Parameters>(
  name: string,
  parameters: P,
  body: (k: KernelBuilder, p: Arguments<P>) => void,
): Kernel<P> {
  const entries = Object.entries(parameters).map(([name, kind]) => ({ name, kind }));
  return {
    name,
    parameters,
    blockBytes: 8 * entries.length,
    build(target) {
      const builder = new KernelBuilder(name, target);
      const args = {};
      entries.forEach(({ name, kind }, slot) => {
        Object.defineProperty(args, name, { get: () => builder.parameter(slot, kind) });
      });
      body(builder, args as Arguments<P>);
      const program = builder.program(entries);
      return coalesceChains(withoutUnread(program, countReads(program)));
    },
  };
}

/** Writes an argument block at `offset`. Pointers may be BigInt (native) or numbers (WebAssembly). */
export function writeArguments<P extends Parameters>(
  of: Kernel<P>,
  view: DataView,
  offset: number,
  values: { readonly [Name in keyof P]: P[Name] extends "f32" ? number : number | bigint },
): void {
  Object.entries(of.parameters).forEach(([name, kind], slot) => {
    const value = values[name];
    const at = offset + 8 * slot;
    view.setBigUint64(at, 0n, true);
    if (kind === "f32") view.setFloat32(at, Number(value), true);
    else view.setBigInt64(at, BigInt(value), true);
  });
}
