#!/usr/bin/env python3
"""A LLaMA model in PyTorch, trained like Cria's models: the oracle of tests and the peer of benchmarks.

Reads one JSON object from standard input and writes one to standard output. Nothing is downloaded.

  {"mode": "steps", "config": {...}, "steps": n, ...}   losses and norms of n steps of AdamW, gradients of the first
  {"mode": "bench", "config": {...}, "rows": r, "length": t, ...}   seconds of each step and peak memory; with "rank",
      only an adapter of all linear layers is trained

Weights of "steps" follow from a formula, so that both sides compute them without a file; those of "bench" are random.
"""
import base64
import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F


def blas_library():
    """The library that multiplies matrices, by its file: the reference BLAS is many times slower than the others."""
    torch.ones(64, 64) @ torch.ones(64, 64)
    with open("/proc/self/maps") as maps:
        files = {line.split()[-1] for line in maps if "/" in line}
    for name in ("mkl", "openblas", "blis"):
        if any(name in path.lower() for path in files):
            return name
    return "reference"


def parameter_shapes(c):
    """Names and shapes of all parameters, in the order of computation."""
    kv = c["nKvHeads"] * c["headDim"]
    q = c["nHeads"] * c["headDim"]
    shapes = [("token_embd.weight", (c["vocabSize"], c["dim"]))]
    for i in range(c["nLayers"]):
        b = f"blk.{i}."
        shapes += [
            (b + "attn_norm.weight", (c["dim"],)),
            (b + "attn_q.weight", (q, c["dim"])),
            (b + "attn_k.weight", (kv, c["dim"])),
            (b + "attn_v.weight", (kv, c["dim"])),
            (b + "attn_output.weight", (c["dim"], q)),
            (b + "ffn_norm.weight", (c["dim"],)),
            (b + "ffn_gate.weight", (c["ffnDim"], c["dim"])),
            (b + "ffn_up.weight", (c["ffnDim"], c["dim"])),
            (b + "ffn_down.weight", (c["dim"], c["ffnDim"])),
        ]
    shapes.append(("output_norm.weight", (c["dim"],)))
    if not c["tied"]:
        shapes.append(("output.weight", (c["vocabSize"], c["dim"])))
    return shapes


def formula_weights(c):
    """Parameter number p has 0.1·sin(0.7·(p + 1) + 1.3·i) at index i, plus 1 for norms."""
    weights = {}
    for p, (name, shape) in enumerate(parameter_shapes(c)):
        i = torch.arange(math.prod(shape), dtype=torch.float64)
        values = 0.1 * torch.sin(0.7 * (p + 1) + 1.3 * i)
        if len(shape) == 1:
            values = values + 1
        weights[name] = values.to(torch.float32).reshape(shape)
    return weights


def random_weights(c):
    torch.manual_seed(0)
    return {
        name: torch.ones(shape) if len(shape) == 1 else 0.02 * torch.randn(shape)
        for name, shape in parameter_shapes(c)
    }


def adapter_weights(c, rank):
    """A and B of every linear layer."""
    weights = {}
    for name, shape in parameter_shapes(c):
        if name.startswith("blk.") and len(shape) == 2:
            layer = name.removesuffix(".weight")
            weights[layer + ".lora_a"] = torch.randn(rank, shape[1]) / math.sqrt(shape[1])
            weights[layer + ".lora_b"] = torch.zeros(shape[0], rank)
    return weights


def rotations(c, positions):
    half = c["headDim"] // 2
    frequencies = c["ropeTheta"] ** (-torch.arange(half, dtype=torch.float64) * 2 / c["headDim"])
    angles = positions.to(torch.float64)[..., None] * frequencies
    return torch.cos(angles).to(torch.float32), torch.sin(angles).to(torch.float32)


def rotate(x, cos, sin):
    """Rotates x [B, T, N, H]; the elements of a pair are half a head apart."""
    a, b = x.chunk(2, dim=-1)
    cos, sin = cos[:, :, None, :], sin[:, :, None, :]
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)


def rms_norm(x, weight, eps):
    return weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps))


def linear(w, layer, x):
    """x times a matrix, with its low-rank change if it has one."""
    y = F.linear(x, w[layer + ".weight"])
    a = w.get(layer + ".lora_a")
    return y if a is None else y + F.linear(F.linear(x, a), w[layer + ".lora_b"])


def forward(c, w, tokens, positions, mask):
    """From tokens [B, T] to logits [B, T, V]; mask [B, 1, T, T] is 0 for visible rows, else -inf."""
    batch, length = tokens.shape
    cos, sin = rotations(c, positions)
    x = F.embedding(tokens, w["token_embd.weight"])
    n, k, h = c["nHeads"], c["nKvHeads"], c["headDim"]
    for i in range(c["nLayers"]):
        b = f"blk.{i}."
        a = rms_norm(x, w[b + "attn_norm.weight"], c["normEps"])
        q = rotate(linear(w, b + "attn_q", a).view(batch, length, n, h), cos, sin)
        key = rotate(linear(w, b + "attn_k", a).view(batch, length, k, h), cos, sin)
        value = linear(w, b + "attn_v", a).view(batch, length, k, h)
        key = key.repeat_interleave(n // k, dim=2).transpose(1, 2)
        value = value.repeat_interleave(n // k, dim=2).transpose(1, 2)
        scores = q.transpose(1, 2) @ key.transpose(2, 3) / math.sqrt(h) + mask
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, length, n * h)
        x = x + linear(w, b + "attn_output", mixed)
        f = rms_norm(x, w[b + "ffn_norm.weight"], c["normEps"])
        gated = F.silu(linear(w, b + "ffn_gate", f)) * linear(w, b + "ffn_up", f)
        x = x + linear(w, b + "ffn_down", gated)
    x = rms_norm(x, w["output_norm.weight"], c["normEps"])
    return F.linear(x, w["token_embd.weight" if c["tied"] else "output.weight"])


def optimiser(w, o):
    groups = [
        {"params": [p for p in w.values() if p.dim() > 1], "weight_decay": o["weightDecay"]},
        {"params": [p for p in w.values() if p.dim() == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=o["learningRate"], betas=(o["beta1"], o["beta2"]), eps=o["eps"])


def base64_of(tensor):
    return base64.b64encode(tensor.detach().to(torch.float32).contiguous().numpy().tobytes()).decode()


def run_steps(job):
    """Batches are {"tokens", "targets", "positions", "starts"} of one row of T tokens each."""
    c, o = job["config"], job["optimiser"]
    w = {name: value.requires_grad_() for name, value in formula_weights(c).items()}
    opt = optimiser(w, o)
    losses, norms, gradients = [], [], {}
    for step, batch in enumerate(job["batches"]):
        tokens, targets, positions, starts = (
            torch.tensor([batch[key]]) for key in ("tokens", "targets", "positions", "starts")
        )
        rows = torch.arange(tokens.shape[1])
        seen = (rows[None, :] <= rows[:, None]) & (rows[None, :] >= starts[0][:, None])
        mask = torch.zeros(seen.shape).masked_fill(~seen, -math.inf)[None, None]
        loss = F.cross_entropy(forward(c, w, tokens, positions, mask)[0], targets[0])
        opt.zero_grad()
        loss.backward()
        if step == 0:
            gradients = {name: base64_of(p.grad) for name, p in w.items()}
        norms.append(float(torch.nn.utils.clip_grad_norm_(w.values(), o["clip"])))
        opt.step()
        losses.append(float(loss))
    return {"torch": torch.__version__, "losses": losses, "norms": norms, "gradients": gradients}


def run_bench(job):
    c, o = job["config"], job["optimiser"]
    if job.get("threads"):
        torch.set_num_threads(job["threads"])
    base = random_weights(c)
    trained = adapter_weights(c, job["rank"]) if "rank" in job else base
    trained = {name: value.requires_grad_() for name, value in trained.items()}
    w = {**base, **trained}
    opt = optimiser(trained, o)
    rows, length = job["rows"], job["length"]
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(c["vocabSize"], (rows, length + 1), generator=generator)
    positions = torch.arange(length)[None].expand(rows, -1)
    mask = torch.full((length, length), -math.inf).triu(1)[None, None]
    seconds, losses = [], []
    for _ in range(1 + job["steps"]):
        start = time.perf_counter()
        logits = forward(c, w, tokens[:, :-1], positions, mask)
        loss = F.cross_entropy(logits.reshape(-1, c["vocabSize"]), tokens[:, 1:].reshape(-1))
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.values(), o["clip"])
        opt.step()
        losses.append(float(loss))
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "torch": torch.__version__,
        "blas": blas_library(),
        "threads": torch.get_num_threads(),
        "seconds": seconds[1:],
        "losses": losses,
        "peakBytes": peak,
    }


MODES = {"steps": run_steps, "bench": run_bench}

if __name__ == "__main__":
    request = json.load(sys.stdin)
    json.dump(MODES[request["mode"]](request), sys.stdout)
