/** Writes the one pickle Cria needs: a dict of names to tensors, in protocol 2 as torch.save writes it. */
import { assert } from "../../base/errors.ts";

/** A contiguous tensor with its own storage. */
export interface TensorDescription {
  readonly name: string;
  /** "HalfStorage". */
  readonly storageClass: string;
  readonly key: string;
  readonly shape: readonly number[];
  /** Number of values. */
  readonly length: number;
}

const OP = {
  proto: 0x80,
  stop: 0x2e,
  mark: 0x28,
  emptyDict: 0x7d,
  setItems: 0x75,
  global: 0x63,
  text: 0x58,
  int8: 0x4b,
  int32: 0x4a,
  long1: 0x8a,
  emptyTuple: 0x29,
  tuple: 0x74,
  reduce: 0x52,
  persistentId: 0x51,
  no: 0x89,
  put: 0x72,
  get: 0x6a,
} as const;

const encoder = new TextEncoder();

class PickleWriter {
  readonly #bytes: number[] = [OP.proto, 2];
  /** Memo index of every global and text written so far, so that each is written once. */
  readonly #memo = new Map<string, number>();

  op(...opcodes: number[]): this {
    this.#bytes.push(...opcodes);
    return this;
  }

  #u32(value: number): void {
    this.#bytes.push(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);
  }

  /** Writes a value once, and refers to it afterwards. */
  #once(id: string, write: () => void): this {
    const index = this.#memo.get(id);
    if (index === undefined) {
      write();
      this.op(OP.put);
      this.#u32(this.#memo.size);
      this.#memo.set(id, this.#memo.size);
    } else {
      this.op(OP.get);
      this.#u32(index);
    }
    return this;
  }

  global(module: string, name: string): this {
    return this.#once(`global ${module} ${name}`, () => {
      this.op(OP.global);
      for (const byte of encoder.encode(`${module}\n${name}\n`)) this.#bytes.push(byte);
    });
  }

  text(value: string): this {
    return this.#once(`text ${value}`, () => {
      const bytes = encoder.encode(value);
      this.op(OP.text);
      this.#u32(bytes.length);
      for (const byte of bytes) this.#bytes.push(byte);
    });
  }

  /** A non-negative safe integer. */
  integer(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, `cannot pickle ${value} as a size`);
    if (value < 256) return this.op(OP.int8, value);
    if (value < 2 ** 31) {
      this.op(OP.int32);
      this.#u32(value);
      return this;
    }
    this.op(OP.long1, 8);
    this.#u32(value % 2 ** 32);
    this.#u32(Math.floor(value / 2 ** 32));
    return this;
  }

  integers(values: readonly number[]): this {
    this.op(OP.mark);
    for (const value of values) this.integer(value);
    return this.op(OP.tuple);
  }

  done(): Uint8Array {
    this.op(OP.stop);
    return Uint8Array.from(this.#bytes);
  }
}

function rowMajorStrides(shape: readonly number[]): number[] {
  const strides: number[] = new Array(shape.length);
  for (let dim = shape.length - 1, stride = 1; dim >= 0; dim--) {
    strides[dim] = stride;
    stride *= Math.max(1, shape[dim]);
  }
  return strides;
}

/** The bytes of data.pkl. */
export function pickleStateDict(tensors: readonly TensorDescription[]): Uint8Array {
  const writer = new PickleWriter().op(OP.emptyDict, OP.mark);
  for (const { name, storageClass, key, shape, length } of tensors) {
    writer.text(name).global("torch._utils", "_rebuild_tensor_v2").op(OP.mark);
    writer.op(OP.mark).text("storage").global("torch", storageClass).text(key).text("cpu").integer(length);
    writer.op(OP.tuple, OP.persistentId);
    writer.integer(0).integers(shape).integers(rowMajorStrides(shape)).op(OP.no);
    writer.global("collections", "OrderedDict").op(OP.emptyTuple, OP.reduce, OP.tuple, OP.reduce);
  }
  return writer.op(OP.setItems).done();
}
