/**
 * Adapters in GGUF, as llama.cpp loads them: `general.type` adapter, `adapter.type` lora, `adapter.lora.alpha`, and for each
 * tensor of the model "X.lora_a" [rank, in] and "X.lora_b" [out, rank]. The factor is alpha / rank, or 1 without alpha.
 */
import type { ByteSource } from "../../base/bytes.ts";
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import { openGguf } from "../../formats/gguf/index.ts";
import { pairMatrices, type RawAdapter, type RawMatrix } from "./raw.ts";

export const GGUF_ADAPTER = {
  type: "general.type",
  kind: "adapter.type",
  alpha: "adapter.lora.alpha",
  name: "general.name",
  base: "general.base_model.0.name",
  template: "cria.chat_template",
  baseId: "cria.base_id",
} as const;

const NAME = /^(blk\.\d+\.[a-z_]+)\.weight\.lora_([ab])$/;

export function readGgufAdapter(source: ByteSource): RawAdapter {
  const path = source.name;
  const file = openGguf(source);
  try {
    const { metadata } = file;
    const [type, kind] = [metadata.findString(GGUF_ADAPTER.type), metadata.findString(GGUF_ADAPTER.kind)];
    if (type !== "adapter") {
      throw new FormatError({
        doing: `read the adapter "${path}"`,
        expected: `${GGUF_ADAPTER.type} "adapter"`,
        found: type === undefined ? "none: this is a model" : JSON.stringify(type.slice(0, 60)),
      });
    }
    const doing = `read the adapter "${path}"`;
    if (kind !== "lora")
      throw new UnsupportedError({ doing, expected: 'the type "lora"', found: JSON.stringify(kind ?? null) });
    const alpha = metadata.findNumber(GGUF_ADAPTER.alpha) ?? 0;
    const entries = [...file.tensors.values()];
    const matrices = entries.map((entry): RawMatrix => {
      const [, layer, letter] = NAME.exec(entry.name) ?? [];
      if (layer === undefined) {
        const found = `the tensor ${JSON.stringify(entry.name.slice(0, 120))}`;
        throw new UnsupportedError({ doing, expected: "changes of linear layers", found });
      }
      return { layer, matrix: letter as "a" | "b", entry };
    });
    return {
      path,
      format: "gguf",
      info: {
        name: metadata.findString(GGUF_ADAPTER.name),
        base: metadata.findString(GGUF_ADAPTER.base),
        template: metadata.findString(GGUF_ADAPTER.template),
        baseId: metadata.findString(GGUF_ADAPTER.baseId),
        alpha,
      },
      layers: pairMatrices(path, matrices, (_, rank) => (alpha === 0 ? 1 : alpha / rank)),
      rows: "gguf",
      byteLength: entries.reduce((sum, { byteLength }) => sum + byteLength, 0),
      dtypes: [...new Set(entries.map(({ dtype }) => dtype))],
    };
  } finally {
    file.dispose();
  }
}
