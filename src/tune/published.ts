/**
 * Published fine-tuning recipes as data: their settings, with what the authors report. `cria finetune --recipe NAME` runs one
 * on any model and data; other options override single settings. Batches are in examples (`packing: single`), as in the
 * originals.
 */
import type { TuneRecipe } from "./recipe.ts";

export interface PublishedRecipe {
  /** Where it comes from. */
  readonly source: string;
  /** The authors' command or script. */
  readonly original: string;
  /** What they report. */
  readonly reported: string;
  readonly settings: Omit<TuneRecipe, "output" | "model" | "data"> & {
    readonly data: Omit<TuneRecipe["data"], "files">;
  };
}

const SINGLE = { packing: "single", long: "cut" } as const;

/** Every published recipe, by its name on the command line. */
export const PUBLISHED = {
  "stanford-alpaca": {
    source: "tatsu-lab/stanford_alpaca, train.py and README (7B)",
    original: "torchrun train.py --num_train_epochs 3 --learning_rate 2e-5 --model_max_length 512",
    reported: "52K examples; blind comparison with text-davinci-003: 90 to 89",
    settings: {
      method: "full",
      data: { ...SINGLE, template: "alpaca", learn: "answers", heldOut: 0.02 },
      newTokens: ["[PAD]"],
      batch: { rows: 128, length: 512 },
      optimiser: { learningRate: 2e-5, schedule: "cosine", floor: 0, weightDecay: 0, clip: 1 },
      stop: { epochs: 3 },
    },
  },
  "alpaca-lora": {
    source: "tloen/alpaca-lora, finetune.py (its defaults)",
    original: "python finetune.py --base_model MODEL --data_path DATA",
    reported: "comparable with Stanford Alpaca; hours on one consumer GPU",
    settings: {
      method: "lora",
      data: { ...SINGLE, template: "alpaca", learn: "all", heldOut: 0.04 },
      adapter: { rank: 8, alpha: 16, dropout: 0.05, targets: ["q_proj", "v_proj"] },
      batch: { rows: 128, length: 256 },
      optimiser: { learningRate: 3e-4, schedule: "cosine", floor: 0, warmup: 100, weightDecay: 0, clip: 1 },
      stop: { epochs: 3 },
    },
  },
  "alpaca-lora-official": {
    source: "tloen/alpaca-lora, README (the published weights)",
    original:
      "python finetune.py --num_epochs=10 --cutoff_len=512 --lora_r=16 --lora_target_modules='[q_proj,k_proj,v_proj,o_proj]'",
    reported: "the adapter alpaca-lora-7b",
    settings: {
      method: "lora",
      data: { ...SINGLE, template: "alpaca", learn: "all", heldOut: 0.04 },
      adapter: { rank: 16, alpha: 16, dropout: 0.05, targets: ["attention"] },
      batch: { rows: 128, length: 512 },
      optimiser: { learningRate: 3e-4, schedule: "cosine", floor: 0, warmup: 100, weightDecay: 0, clip: 1 },
      stop: { epochs: 10 },
    },
  },
  "lit-llama-lora": {
    source: "Lightning-AI/lit-llama, finetune/lora.py",
    original: "python finetune/lora.py",
    reported: "7B in about 1.5 hours on one A100",
    settings: {
      method: "lora",
      data: { ...SINGLE, template: "alpaca", learn: "all", heldOut: 0.04 },
      adapter: { rank: 8, alpha: 16, dropout: 0.05, targets: ["q_proj", "v_proj"] },
      batch: { rows: 128, length: 256 },
      optimiser: { learningRate: 3e-4, schedule: "constant", warmup: 100, weightDecay: 0.01, clip: 1 },
      stop: { epochs: 3 },
    },
  },
  "lit-llama-full": {
    source: "Lightning-AI/lit-llama, finetune/full.py",
    original: "python finetune/full.py",
    reported: "7B on four A100",
    settings: {
      method: "full",
      data: { ...SINGLE, template: "alpaca", learn: "all", heldOut: 0.04 },
      batch: { rows: 128, length: 512 },
      optimiser: { learningRate: 3e-5, schedule: "constant", warmup: 0, weightDecay: 0, clip: 1 },
      stop: { epochs: 5 },
    },
  },
  "llama2-sft": {
    source: "[Llama2], section 3.1",
    original: "not published",
    reported: "27,540 annotations; two epochs",
    settings: {
      method: "full",
      data: { packing: "documents", long: "cut", template: "llama2", learn: "answers", heldOut: 0.02 },
      batch: { rows: 64, length: 4096 },
      optimiser: { learningRate: 2e-5, schedule: "cosine", floor: 0, beta2: 0.95, weightDecay: 0.1, clip: 1 },
      stop: { epochs: 2 },
    },
  },
  vicuna: {
    source: "lm-sys/FastChat, train.py and README (v1.1 and later)",
    original:
      "torchrun fastchat/train/train_mem.py --num_train_epochs 3 --learning_rate 2e-5 --model_max_length 2048",
    reported: "70K to 125K conversations",
    settings: {
      method: "full",
      data: { ...SINGLE, template: "vicuna", learn: "answers", heldOut: 0.02 },
      batch: { rows: 128, length: 2048 },
      optimiser: { learningRate: 2e-5, schedule: "cosine", floor: 0, weightDecay: 0, clip: 1 },
      stop: { epochs: 3 },
    },
  },
} as const satisfies Record<string, PublishedRecipe>;

export type PublishedName = keyof typeof PUBLISHED;
