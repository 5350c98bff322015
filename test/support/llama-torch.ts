/** The LLaMA forward pass with a PEFT adapter in plain PyTorch, from Hugging Face's files; needs neither peft nor transformers. */
import { runPython } from "./torch.ts";

const SCRIPT = `
import json, struct, sys, torch
from os.path import exists, join

def safetensors(path):
    data = open(path, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name == "__metadata__": continue
        assert entry["dtype"] == "F32", name
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32).reshape(entry["shape"])
    return tensors

def adapter(folder):
    config = json.load(open(join(folder, "adapter_config.json")))
    file = join(folder, "adapter_model.safetensors")
    tensors = safetensors(file) if exists(file) else torch.load(join(folder, "adapter_model.bin"))
    def change(module):
        a, b = (tensors.get("base_model.model.%s.lora_%s.weight" % (module, x)) for x in "AB")
        if a is None: return None
        of = lambda pattern, usual: next((v for k, v in (config.get(pattern) or {}).items() if ("." + module).endswith("." + k)), usual)
        rank = of("rank_pattern", config["r"])
        assert a.shape[0] == rank, module
        alpha = of("alpha_pattern", config["lora_alpha"])
        return a, b, alpha / (rank ** 0.5 if config.get("use_rslora") else rank)
    return change

def forward(folder, change, tokens):
    c = json.load(open(join(folder, "config.json")))
    w = safetensors(join(folder, "model.safetensors"))
    heads, kv, eps = c["num_attention_heads"], c["num_key_value_heads"], c["rms_norm_eps"]
    size = c.get("head_dim") or c["hidden_size"] // heads
    n = len(tokens)
    def linear(module, x):
        y = x @ w[module + ".weight"].T
        found = change(module)
        return y if found is None else y + found[2] * ((x @ found[0].T) @ found[1].T)
    norm = lambda x, name: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * w[name + ".weight"]
    angles = torch.outer(torch.arange(n).float(), c["rope_theta"] ** (-torch.arange(0, size, 2).float() / size))
    cos, sin = (torch.cat([f(angles), f(angles)], -1)[:, None] for f in (torch.cos, torch.sin))
    turn = lambda x: x * cos + torch.cat([-x[..., size // 2:], x[..., :size // 2]], -1) * sin
    mask = torch.full((n, n), float("-inf")).triu(1)
    x = w["model.embed_tokens.weight"][torch.tensor(tokens)]
    for i in range(c["num_hidden_layers"]):
        at = "model.layers.%d." % i
        h = norm(x, at + "input_layernorm")
        q = turn(linear(at + "self_attn.q_proj", h).reshape(n, heads, size))
        k = turn(linear(at + "self_attn.k_proj", h).reshape(n, kv, size)).repeat_interleave(heads // kv, 1)
        v = linear(at + "self_attn.v_proj", h).reshape(n, kv, size).repeat_interleave(heads // kv, 1)
        scores = torch.einsum("qhd,khd->hqk", q, k) / size ** 0.5 + mask
        mixed = torch.einsum("hqk,khd->qhd", scores.softmax(-1), v).reshape(n, heads * size)
        x = x + linear(at + "self_attn.o_proj", mixed)
        h = norm(x, at + "post_attention_layernorm")
        gate = torch.nn.functional.silu(linear(at + "mlp.gate_proj", h))
        x = x + linear(at + "mlp.down_proj", gate * linear(at + "mlp.up_proj", h))
    head = w.get("lm_head.weight", w["model.embed_tokens.weight"])
    return norm(x, "model.norm") @ head.T

base, folder, tokens = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
with torch.no_grad():
    print(json.dumps(forward(base, adapter(folder) if folder else lambda module: None, tokens).tolist()))
`;

/**
 * Logits after every token.
 * @param base Hugging Face's folder with F32 weights.
 * @param adapter PEFT's folder, or "" for none.
 */
export function logitsByTorch(base: string, adapter: string, tokens: readonly number[]): Float32Array[] {
  const rows = JSON.parse(runPython(SCRIPT, base, adapter, JSON.stringify(tokens))) as number[][];
  return rows.map((row) => Float32Array.from(row));
}

const RANDOM_ADAPTER = `
import json, os, sys, torch
folder, shapes = sys.argv[1], json.loads(sys.argv[2])
torch.manual_seed(7)
os.makedirs(folder)
rank = 3
tensors = {}
for module, (out, into) in shapes.items():
    name = "base_model.model.%s.lora_" % module
    tensors[name + "A.weight"] = torch.randn(rank, into) * 0.3
    tensors[name + "B.weight"] = torch.randn(out, rank) * 0.3
torch.save(tensors, os.path.join(folder, "adapter_model.bin"))
config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "", "r": rank, "lora_alpha": 6,
    "lora_dropout": 0.0, "bias": "none", "use_rslora": True, "target_modules": sorted({m.split(".")[-1] for m in shapes})}
json.dump(config, open(os.path.join(folder, "adapter_config.json"), "w"))
`;

/** Writes a random adapter as PyTorch saves it, of rank 3 with rsLoRA. @param shapes [out, in] by module. */
export function adapterByTorch(
  folder: string,
  shapes: Readonly<Record<string, readonly [number, number]>>,
): void {
  runPython(RANDOM_ADAPTER, folder, JSON.stringify(shapes));
}
