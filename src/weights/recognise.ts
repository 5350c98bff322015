/** Recognises a file's format by its first bytes. Names and extensions are ignored. */
import type { ByteSource } from "../base/bytes.ts";
import { FormatError, UnsupportedError } from "../base/errors.ts";
import type { CheckpointFormat } from "./checkpoint.ts";

const HEAD_BYTES = 64;

/** Former formats of llama.cpp, by their magic as text (reversed in the file). */
const OLD_GGML: Readonly<Record<string, string>> = { lmgg: "GGML", fmgg: "GGMF", tjgg: "GGJT", algg: "GGLA" };

/** macOS stores metadata that foreign disks cannot hold in files of this format, next to the real ones. */
const APPLE_DOUBLE = String.fromCharCode(0, 5, 0x16, 7);

/** Files that are often found in place of a model. */
const IMPOSTORS: readonly (readonly [start: RegExp, what: string, fix: string])[] = [
  [/^version https:\/\/git-lfs/, "a Git LFS pointer", "download the file itself: git lfs pull"],
  [/^\s*<(!doctype|html|\?xml)/i, "a web page", "download the file again: the URL returned a page instead"],
  [/^\s*[{[]/, "JSON text", "give the folder, or the file that contains the weights"],
];

/**
 * The format of a file. A llama2.c file of version 0 has no magic: a file that matches no other format and
 * could be one is classified as such, and its reader checks that the length matches the header.
 * @throws UnsupportedError for older formats of llama.cpp; FormatError for everything else.
 */
export function recogniseFile(source: ByteSource): CheckpointFormat {
  const head = source.bytes(0, Math.min(HEAD_BYTES, source.byteLength));
  const text = String.fromCharCode(...head);
  const magic = text.slice(0, 4);
  if (magic === "GGUF") return "gguf";
  if (magic === "PK\x03\x04") return "pth";
  if (magic === "24ka") return "llama2c"; // "ak42", little-endian
  // A number may start with any byte, so checks of two parts of a file come before checks of one byte.
  if (looksLikeSafetensors(head, source.byteLength)) return "safetensors";
  if (looksLikeLlama2c(head)) return "llama2c";
  if (looksLikePickle(head)) return "pth";
  if (Object.hasOwn(OLD_GGML, magic)) {
    throw new UnsupportedError({
      doing: `open "${source.name}"`,
      found: `a ${OLD_GGML[magic]} file, a format from before GGUF`,
      fix: "use a GGUF file of the same model",
    });
  }
  if (magic === APPLE_DOUBLE) {
    throw new FormatError({
      doing: `open "${source.name}"`,
      found: 'an AppleDouble file of macOS (its name starts with "._")',
      fix: "open the file of the same name without it",
    });
  }
  for (const [start, what, fix] of IMPOSTORS) {
    if (start.test(text)) throw new FormatError({ doing: `open "${source.name}"`, found: what, fix });
  }
  throw new FormatError({
    doing: `open "${source.name}"`,
    expected: "a GGUF, safetensors, PyTorch (.pth, .bin) or llama2.c file",
    found: head.length === 0 ? "an empty file" : `a file that starts with ${hex(head.subarray(0, 8))}`,
    fix: "check that it contains a model's weights, and is complete",
  });
}

/** A protocol from 2 to 5, then an instruction, which is never zero. */
function looksLikePickle(head: Uint8Array): boolean {
  return head[0] === 0x80 && head[1] >= 2 && head[1] <= 5 && head[2] > 0;
}

/** A length within the file, then the "{" of the header (spaces may precede it). */
function looksLikeSafetensors(head: Uint8Array, byteLength: number): boolean {
  if (head.byteLength < 10) return false;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length <= BigInt(byteLength - 8) && /^\s*\{/.test(String.fromCharCode(...head.subarray(8)));
}

/** Seven numbers of plausible size: dim, ffn, layers, heads, KV heads, vocabulary (or its negative), context. */
function looksLikeLlama2c(head: Uint8Array): boolean {
  if (head.byteLength < 28) return false;
  const view = new DataView(head.buffer, head.byteOffset);
  return Array.from({ length: 7 }, (_, i) => view.getInt32(4 * i, true)).every((value, i) => {
    const size = i === 5 ? Math.abs(value) : value;
    return size > 0 && size < 2 ** 24;
  });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
