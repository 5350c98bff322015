/** Fuzz targets of fine-tuning: adapters in one file, and files of conversations. */
import { isGgla, readGgla } from "../../src/adapt/files/ggla.ts";
import { readGgufAdapter } from "../../src/adapt/files/gguf.ts";
import type { ByteSource } from "../../src/base/bytes.ts";
import { readConversationFile } from "../../src/data/conversations/read.ts";
import type { BadRecord, Example } from "../../src/data/index.ts";
import { ggufValue, writeGguf } from "../../src/formats/gguf/index.ts";
import { memorySink } from "../../src/platform/memory-sink.ts";
import type { Reach } from "./targets.ts";

const matrix = (name: string, shape: readonly number[]) => {
  const byteLength = 4 * shape[0] * shape[1];
  return { name, dtype: "F32" as const, shape, byteLength, bytes: () => new Uint8Array(byteLength).fill(1) };
};

function ggufAdapter(): Uint8Array {
  const sink = memorySink();
  const metadata = {
    "general.architecture": ggufValue.string("llama"),
    "general.type": ggufValue.string("adapter"),
    "adapter.type": ggufValue.string("lora"),
    "adapter.lora.alpha": ggufValue.f32(8),
  };
  const tensors = [
    matrix("blk.0.attn_q.weight.lora_a", [2, 8]),
    matrix("blk.0.attn_q.weight.lora_b", [6, 2]),
  ];
  writeGguf(sink, { metadata: Object.entries(metadata), tensors });
  sink.commit();
  return sink.bytes();
}

/** Rank 2, alpha 4, both matrices of one layer. */
function gglaAdapter(): Uint8Array {
  const parts: Uint8Array[] = [new Uint8Array(Int32Array.of(0x67676c61, 1, 2, 4).buffer)];
  for (const [name, rows] of [
    ["loraA", 8],
    ["loraB", 6],
  ] as const) {
    const encoded = new TextEncoder().encode(`layers.0.attention.wq.weight.${name}`);
    parts.push(new Uint8Array(Int32Array.of(2, encoded.byteLength, 0, 2, rows).buffer), encoded);
    const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    parts.push(new Uint8Array((32 - (length % 32)) % 32), new Uint8Array(4 * 2 * rows).fill(1));
  }
  return new Uint8Array(Buffer.concat(parts));
}

export const adapterSeeds = (): Uint8Array[] => [ggufAdapter(), gglaAdapter()];

export function useAdapter(source: ByteSource, reach: Reach): undefined {
  const adapter = isGgla(source) ? readGgla(source) : readGgufAdapter(source);
  reach(adapter.format);
  for (const [, { rank, inDim, outDim, a, b }] of adapter.layers)
    if (a.length !== rank * inDim || b.length !== rank * outDim) throw new Error("a matrix has another size");
}

const CHAT = '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b \\" ]"}]}';
const FILES = [
  `[${CHAT},\n${CHAT}]`,
  `${CHAT}\n\n${CHAT}\n`,
  '[{"instruction":"a","input":"","output":"b"},{"instruction":"c","output":"d"}]',
  '{"id":1,"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}',
  "plain text\n<|endoftext|>\nmore",
];

export const conversationSeeds = (): Uint8Array[] => FILES.map((text) => new TextEncoder().encode(text));

export async function useConversations(source: ByteSource, reach: Reach): Promise<undefined> {
  const examples: Example[] = [];
  const bad: BadRecord[] = [];
  const chunks = (async function* () {
    for (let at = 0; at < source.byteLength; at += 7)
      yield source.bytes(at, Math.min(7, source.byteLength - at)).slice();
  })();
  await readConversationFile("fuzz", chunks, examples, bad);
  if (examples.length > 0) reach("examples");
  if (bad.length > 0) reach("bad");
}
