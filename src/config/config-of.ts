/** The configuration of an opened checkpoint of any format. */
import { dtypeInfo } from "../base/dtypes.ts";
import { FormatError } from "../base/errors.ts";
import { decode } from "../quant/index.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import { type ModelConfig, withConfig } from "./config.ts";
import { configFromGguf } from "./gguf.ts";
import type { TensorFacts } from "./tensor-facts.ts";

/** Maximum length of a tensor that a configuration needs: frequency divisors of one head. */
const MAX_SMALL_TENSOR = 4096;

type OtherForms = typeof import("./other-forms.ts");

/**
 * Reads and validates. Throws ConfigError or UnsupportedError that names the file and the key.
 * @param others called for forms other than GGUF's; what it throws is passed on.
 */
export function configOf(checkpoint: Checkpoint, others: () => OtherForms): ModelConfig {
  const { rawConfig, unused, path } = checkpoint;
  const config = translate(checkpoint, others);
  if (unused.length === 0) return config;
  const shown = unused.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 80)));
  const more = unused.length > 5 ? ` and ${unused.length - 5} more` : "";
  const warning = `"${path}" has tensors that Cria does not know: ${shown.join(", ")}${more}`;
  return withConfig(config, { warnings: [...config.warnings, warning] }, { name: rawConfig.name });
}

function translate({ rawConfig, tensors }: Checkpoint, others: () => OtherForms): ModelConfig {
  const facts = factsOf(tensors);
  switch (rawConfig.kind) {
    case "gguf":
      return configFromGguf(rawConfig.metadata, facts, rawConfig.name);
    case "hf":
      return others().configFromHf(rawConfig.json, rawConfig.name);
    case "meta":
      return others().configFromMeta(rawConfig.json, facts, rawConfig.name);
    case "llama2c":
      return others().configFromLlama2c(rawConfig.header, rawConfig.name);
    default:
      return rawConfig satisfies never;
  }
}

function factsOf(tensors: Checkpoint["tensors"]): TensorFacts {
  return {
    has: (name) => tensors.has(name),
    shape: (name) => tensors.get(name)?.shape,
    floats(name) {
      const tensor = tensors.get(name);
      const length = tensor?.shape.reduce((product, dim) => product * dim, 1) ?? 0;
      if (tensor !== undefined && dtypeInfo(tensor.dtype).kind === "float" && length <= MAX_SMALL_TENSOR) {
        return decode(tensor.dtype, tensor.bytes(), length);
      }
      throw new FormatError({
        doing: `read tensor "${name}"`,
        expected: `at most ${MAX_SMALL_TENSOR} floats`,
        found: tensor === undefined ? "none" : `${tensor.dtype} [${tensor.shape.join(", ")}]`,
      });
    },
  };
}
