/** Binds the weights of an opened model in the form that a backend expects. */
import { parameterShapes } from "../config/parameters.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import type { OpenedModel } from "../open/open-model.ts";
import { decode } from "../quant/index.ts";

/** Every parameter of the model by canonical name. */
export function bindParameters({
  config,
  checkpoint,
}: Pick<OpenedModel, "config" | "checkpoint">): Map<string, BoundTensor> {
  return new Map(
    parameterShapes(config).flatMap(({ name, role }) => {
      const tensor = role === "rope" ? undefined : checkpoint.tensors.get(name);
      if (tensor === undefined) return [];
      const isVector = role === "norm" || role === "bias";
      return [[name, isVector ? floatVector(tensor) : boundTensor(tensor)]];
    }),
  );
}

/** Vectors are small and enter sums, so backends get them as F32, whatever their type in the file. */
function floatVector(tensor: TensorEntry): BoundTensor {
  const { dtype, shape } = tensor;
  if (dtype === "F32") return boundTensor(tensor);
  const values = decode(dtype, tensor.bytes(), shape[0]);
  return { dtype: "F32", shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

function boundTensor(tensor: TensorEntry): BoundTensor {
  const { dtype, shape, byteLength, address } = tensor;
  if (address === undefined) return { dtype, shape, bytes: tensor.bytes() };
  return {
    dtype,
    shape,
    byteLength,
    address,
    // A view of the mapping, made on demand: most weights are read by address alone.
    get bytes() {
      return tensor.bytes();
    },
    release: (offset, length) => tensor.release?.(offset, length),
  };
}
