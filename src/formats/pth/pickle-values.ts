/**
 * The values of a pickle if no code is run: plain data, and descriptions of tensors that are not yet read.
 */
import type { DType } from "../../base/dtypes.ts";

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleList
  | PickleDict
  | StorageRef
  | TensorRef
  | GlobalRef;

export interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
}
/** Lists, sets and frozen sets of Python. */
export interface PickleList {
  readonly kind: "list";
  readonly items: PickleValue[];
}
export interface PickleDict {
  readonly kind: "dict";
  /** True for a collections.OrderedDict. */
  readonly ordered: boolean;
  /** Tuples as keys are found by identity only: iterate. */
  readonly entries: Map<PickleValue, PickleValue>;
}
/** A persistent id: a run of values stored outside the pickle. */
export interface StorageRef {
  readonly kind: "storage";
  readonly dtype: DType;
  readonly key: string;
  /** In values. */
  readonly length: number;
}
/** The tensor that torch._utils._rebuild_tensor_v2 would build. Not yet checked against the storage. */
export interface TensorRef {
  readonly kind: "tensor";
  readonly storage: StorageRef;
  /** In values, like the strides. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}
/** An allowed name, before it is used. */
export interface GlobalRef {
  readonly kind: "global";
  readonly name: string;
}

/** True for values of this kind. */
export function isKind<K extends "tuple" | "list" | "dict" | "storage" | "tensor" | "global">(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { readonly kind: K }> {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** Describes a value in messages. */
export function describeValue(value: PickleValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "None";
  if (value instanceof Uint8Array) return "bytes";
  if (typeof value === "string") return `text ${JSON.stringify(value.slice(0, 40))}`;
  if (typeof value !== "object") return `${typeof value} ${value}`;
  return value.kind === "global" ? `the name ${value.name}` : `a ${value.kind}`;
}
