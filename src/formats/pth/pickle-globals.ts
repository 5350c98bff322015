/**
 * The only Python names that a checkpoint may mention, and their replacements here. Nothing is imported or
 * called: each name is a row of this table, or the file is refused.
 */
import type { DType } from "../../base/dtypes.ts";
import { FormatError } from "../../base/errors.ts";
import {
  describeValue,
  isKind,
  type PickleTuple,
  type PickleValue,
  type TensorRef,
} from "./pickle-values.ts";

const STORAGE_DTYPES: Readonly<Record<string, DType>> = {
  Half: "F16",
  BFloat16: "BF16",
  Float: "F32",
  Double: "F64",
  Int: "I32",
  Long: "I64",
  Short: "I16",
  Char: "I8",
  Byte: "U8",
  Bool: "BOOL",
};

const STORAGES = new Map<string, DType>(
  Object.entries(STORAGE_DTYPES).map(([name, dtype]) => [`torch.${name}Storage`, dtype]),
);

/** The name of torch's storage class for a type, without "torch."; undefined if torch has none. */
export function storageClassOf(dtype: DType): string | undefined {
  for (const [name, type] of STORAGES) if (type === dtype) return name.slice("torch.".length);
  return undefined;
}

/** The error for a file that requires more than data. */
export function wantsCode(file: string, what: string): FormatError {
  return new FormatError({
    doing: `read the pickle of "${file}"`,
    expected: "tensors and plain data only",
    found: `${what}: the file wants to run code`,
    fix: "Cria never runs it; ask the publisher for safetensors, and do not load the file with plain pickle",
  });
}

function malformed(file: string, expected: string, found: string): never {
  throw new FormatError({ doing: `read the pickle of "${file}"`, expected, found });
}

/** Maximum number of dims of a tensor, as in PyTorch. */
const MAX_RANK = 64;

function counts(file: string, what: string, value: PickleValue | undefined): number[] {
  if (!isKind(value, "tuple") || value.items.length > MAX_RANK) {
    return malformed(file, `a tensor's ${what} as a tuple of at most ${MAX_RANK}`, describeValue(value));
  }
  return value.items.map((item) => count(file, what, item));
}

function count(file: string, what: string, value: PickleValue | undefined): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  return malformed(file, `a non-negative integer as ${what}`, describeValue(value));
}

/** (storage, offset, shape, strides, requires_grad, hooks, metadata?) */
function rebuildTensor(file: string, { items }: PickleTuple): TensorRef {
  const [storage, offset, shape, strides] = items;
  if (items.length < 6 || items.length > 7 || !isKind(storage, "storage")) {
    return malformed(file, "a storage and 5 or 6 more arguments of a tensor", `${items.length} arguments`);
  }
  const tensor: TensorRef = {
    kind: "tensor",
    storage,
    offset: count(file, "storage offset", offset),
    shape: counts(file, "shape", shape),
    strides: counts(file, "strides", strides),
  };
  if (tensor.shape.length === tensor.strides.length) return tensor;
  return malformed(file, `${tensor.shape.length} strides`, `${tensor.strides.length}`);
}

type Build = (file: string, args: PickleTuple) => PickleValue;

/** The result of calling a name. Names without a row here (storage classes) cannot be called. */
const BUILDERS = new Map<string, Build>([
  [
    "collections.OrderedDict",
    (file, { items }) => {
      if (items.length > 0) malformed(file, "an OrderedDict built empty", `${items.length} arguments`);
      return { kind: "dict", ordered: true, entries: new Map() };
    },
  ],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  [
    "torch._utils._rebuild_parameter",
    (file, { items }) => {
      const [tensor] = items;
      if (items.length === 3 && isKind(tensor, "tensor")) return tensor;
      return malformed(file, "a tensor and 2 more arguments of a parameter", describeValue(tensor));
    },
  ],
]);

/** Resolves a name in the file. Throws FormatError unless it is in a table. */
export function resolveGlobal(file: string, module: string, attribute: string): PickleValue {
  const name = `${module}.${attribute}`;
  if (BUILDERS.has(name) || STORAGES.has(name)) return { kind: "global", name };
  throw wantsCode(file, name.slice(0, 200));
}

/** The value of a call of an allowed name. */
export function applyGlobal(file: string, callee: PickleValue, args: PickleValue): PickleValue {
  const build = isKind(callee, "global") ? BUILDERS.get(callee.name) : undefined;
  if (build === undefined) throw wantsCode(file, `a call of ${describeValue(callee)}`);
  if (!isKind(args, "tuple")) return malformed(file, "a tuple of arguments", describeValue(args));
  return build(file, args);
}

/** Maximum length of a storage's key; torch writes small numbers. */
const MAX_KEY_LENGTH = 256;

/** ("storage", class, key, device, length[, view]): the only persistent ids that torch writes. */
export function resolvePersistentId(file: string, id: PickleValue): PickleValue {
  if (!isKind(id, "tuple")) return malformed(file, "a tuple as persistent id", describeValue(id));
  const [tag, type, key, device, length, view] = id.items;
  if (tag !== "storage" || id.items.length < 5 || id.items.length > 6) {
    return malformed(file, 'a persistent id ("storage", type, key, device, length)', describeValue(tag));
  }
  const dtype = isKind(type, "global") ? STORAGES.get(type.name) : undefined;
  if (dtype === undefined) return malformed(file, "a storage class of torch", describeValue(type));
  if (typeof key !== "string" || key.length > MAX_KEY_LENGTH || typeof device !== "string") {
    return malformed(file, "a storage key and a device", `${describeValue(key)}, ${describeValue(device)}`);
  }
  if (view !== undefined && view !== null) return malformed(file, "a whole storage", "a view of another one");
  return { kind: "storage", dtype, key, length: count(file, "storage length", length) };
}
