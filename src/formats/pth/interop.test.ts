/** PyTorch opens what Cria writes, and Cria opens what PyTorch writes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writtenBy } from "../../../test/support/memory-sink.ts";
import { hasTorch, oracleTitle, runPython } from "../../../test/support/torch.ts";
import { bufferSource } from "../../base/bytes.ts";
import { type DType, dtypeInfo } from "../../base/dtypes.ts";
import { Random } from "../../base/random.ts";
import type { TensorEntry } from "../tensor-file.ts";
import { openMetaFolder } from "./meta-folder.ts";
import { openPth } from "./read.ts";
import { writePth } from "./write.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-pth-"));
afterAll(() => rmSync(folder, { recursive: true }));

function randomTensor(name: string, dtype: DType, shape: number[], random: Random): TensorEntry {
  const length = shape.reduce((product, dim) => product * dim, 1) * dtypeInfo(dtype).blockBytes;
  const data = Uint8Array.from({ length }, () => random.below(dtype === "BOOL" ? 2 : 256));
  return { name, dtype, shape, byteLength: length, bytes: () => data };
}

/** Prints each tensor as `name dtype shape hex-of-contiguous-bytes`. */
const DUMP = `
import sys, torch
def dump(state):
    for name, tensor in state.items():
        flat = tensor.detach().contiguous().reshape(-1)
        width = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[flat.element_size()]
        raw = flat.view(width).numpy().tobytes().hex() if flat.numel() else ""
        print(name, str(tensor.dtype).removeprefix("torch."), ",".join(map(str, tensor.shape)), raw, sep="|")
`;

const TORCH_NAMES: Partial<Record<DType, string>> = {
  F16: "float16",
  BF16: "bfloat16",
  F32: "float32",
  F64: "float64",
  I8: "int8",
  I16: "int16",
  I32: "int32",
  I64: "int64",
  U8: "uint8",
  BOOL: "bool",
};

function dump(tensors: Iterable<TensorEntry>): string {
  return [...tensors]
    .map(({ name, dtype, shape, bytes }) => {
      return `${name}|${TORCH_NAMES[dtype]}|${shape.join(",")}|${Buffer.from(bytes()).toString("hex")}\n`;
    })
    .join("");
}

describe.skipIf(!hasTorch)(oracleTitle("with PyTorch", hasTorch, "torch"), () => {
  it("torch.load(weights_only=True) opens what writePth wrote, in every type and odd shapes", () => {
    const random = new Random(7);
    const tensors = (Object.keys(TORCH_NAMES) as DType[]).flatMap((dtype) => [
      randomTensor(`${dtype}.weight`, dtype, [3, 5, 2], random),
      randomTensor(`${dtype}.scalar`, dtype, [], random),
      randomTensor(`${dtype}.empty`, dtype, [0, 4], random),
    ]);
    tensors.push(randomTensor("名 \n.wide", "F16", [70_000, 1], random));
    const content = writtenBy((sink) => writePth(sink, tensors));
    const path = join(folder, "ours.pth");
    writeFileSync(path, content);
    const script = `${DUMP}
state = torch.load(sys.argv[1], map_location="cpu", weights_only=True)
dump({name: tensor for name, tensor in state.items() if "\\n" not in name})
assert state["名 \\n.wide"].shape == (70000, 1)
import zipfile
assert zipfile.ZipFile(sys.argv[1]).testzip() is None
`;
    expect(runPython(script, path)).toBe(dump(tensors.slice(0, -1)));
    expect(dump(openPth(bufferSource(content)).tensors.values())).toBe(dump(tensors));
  });

  const SAVE = `${DUMP}
torch.manual_seed(1)
base = torch.randn(6, 8)
half = torch.randn(4, 3, 5).half()
state = {
  "transposed": base.t(), "rows": base[1:4], "columns": base[:, 2:5], "steps": base[::2, 1::3],
  "permuted": half.permute(2, 0, 1), "expanded": torch.arange(3).expand(4, 3), "diagonal": base.diagonal(),
  "shared a": half, "shared b": half[1], "bf16": torch.randn(17).bfloat16()[3:11],
  "parameter": torch.nn.Parameter(torch.randn(2, 2)), "scalar": torch.tensor(3.5, dtype=torch.float64),
  "empty": torch.zeros(0, 3), "flags": torch.tensor([True, False, True]),
  "reversed dims": torch.arange(24).reshape(2, 3, 4).permute(2, 1, 0),
}
for protocol, path in zip([2, 3, 4, 5], sys.argv[2:]):
    torch.save(state, path, _use_new_zipfile_serialization=sys.argv[1] == "zip", pickle_protocol=protocol)
dump(state)
`;

  for (const form of ["zip", "legacy"]) {
    it(`openPth reads torch.save's ${form} form: views, shared storages, pickle protocols 2 to 5`, () => {
      const paths = [2, 3, 4, 5].map((protocol) => join(folder, `${form}-${protocol}.pth`));
      const expected = runPython(SAVE, form, ...paths);
      expect(expected.split("\n").length).toBe(16);
      for (const path of paths) {
        expect(dump(openPth(bufferSource(readFileSync(path))).tensors.values())).toBe(expected);
      }
    });

    it(`openPth finds the model next to an optimiser, ${form} form`, () => {
      const path = join(folder, `training-${form}.pt`);
      const script = `${DUMP}
model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.LayerNorm(3))
adam = torch.optim.AdamW(model.parameters())
model(torch.ones(2, 4)).sum().backward(); adam.step()
torch.save({"model": model.state_dict(), "optimizer": adam.state_dict(), "iter_num": 7, "best_val_loss": torch.tensor(1.5),
  "model_args": {"dim": 288, "norm_eps": 1e-5, "n_kv_heads": None}}, sys.argv[1], _use_new_zipfile_serialization=sys.argv[2] == "zip")
dump(model.state_dict())`;
      const expected = runPython(script, path, form);
      const file = openPth(bufferSource(readFileSync(path)));
      expect(file.modelKey).toBe("model");
      expect(dump(file.tensors.values())).toBe(expected);
    });

    it(`openPth refuses a whole pickled module, ${form} form`, () => {
      const path = join(folder, `module-${form}.pt`);
      const script = `import sys, torch
torch.save(torch.nn.Linear(2, 2), sys.argv[1], _use_new_zipfile_serialization=sys.argv[2] == "zip")`;
      runPython(script, path, form);
      expect(() => openPth(bufferSource(readFileSync(path)))).toThrow(
        /torch\.nn\.modules\.linear\.Linear.*run code/,
      );
    });
  }

  it("openMetaFolder merges tensors that PyTorch splits as fairscale does", () => {
    const script = `${DUMP}
torch.manual_seed(2)
dim, ffn, vocab, parts = 32, 48, 24, 4
shapes = {"tok_embeddings.weight": (vocab, dim, 1), "norm.weight": (dim,), "output.weight": (vocab, dim, 0)}
for name, rows, columns, axis in [("attention.wq", dim, dim, 0), ("attention.wk", dim // 2, dim, 0),
    ("attention.wv", dim // 2, dim, 0), ("attention.wo", dim, dim, 1), ("feed_forward.w1", ffn, dim, 0),
    ("feed_forward.w2", dim, ffn, 1), ("feed_forward.w3", ffn, dim, 0)]:
    shapes[f"layers.0.{name}.weight"] = (rows, columns, axis)
state = {name: torch.randn(shape[:2]).bfloat16() for name, shape in shapes.items()}
for part in range(parts):
    # chunk gives windows on the whole storage: they are saved with strides.
    shard = {name: tensor.chunk(parts, shapes[name][2])[part] if tensor.dim() == 2 else tensor for name, tensor in state.items()}
    shard["rope.freqs"] = torch.ones(4)
    torch.save(shard, f"{sys.argv[1]}/consolidated.0{part}.pth")
dump(state)`;
    const expected = runPython(script, folder);
    const sources = [0, 1, 2, 3].map((part) => {
      const path = join(folder, `consolidated.0${part}.pth`);
      return bufferSource(readFileSync(path), path);
    });
    expect(dump(openMetaFolder(sources, { dim: 32 }).tensors.values())).toBe(expected);
  });

  it("openPth refuses TorchScript by name", () => {
    const path = join(folder, "script.pt");
    runPython("import sys, torch\ntorch.jit.script(torch.nn.Linear(2, 2)).save(sys.argv[1])", path);
    expect(() => openPth(bufferSource(readFileSync(path)))).toThrow(/TorchScript/);
  });
});
