/** Files that go with a message: their text is what the model reads. */
import { formatBytes } from "../base/format.ts";
import type { Attachment } from "../conversations/types.ts";

const MOST_BYTES = 32 * 2 ** 20;
const MOST_TEXT = 2 * 2 ** 20;

/** @throws Error that says why a file cannot be read. */
export async function readAttachment(
  file: File,
  countTokens: (text: string) => Promise<number>,
): Promise<Attachment> {
  const { name, type, size } = file;
  if (size > MOST_BYTES)
    throw new Error(`${name} is too large: ${formatBytes(size)}, at most ${formatBytes(MOST_BYTES)}`);
  const text = await textOf(file);
  if (text.trim() === "") throw new Error(`${name} has no text that can be read`);
  if (text.length > MOST_TEXT)
    throw new Error(
      `${name} is too long: ${formatBytes(text.length)} of text, at most ${formatBytes(MOST_TEXT)}`,
    );
  const tokens = await countTokens(text).catch(() => undefined);
  return { name: name.slice(0, 200), type, text, ...(tokens === undefined ? {} : { tokens }) };
}

async function textOf(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isPdf(bytes)) {
    const { pdfText } = await import("./pdf.ts");
    return pdfText(bytes, file.name);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // It is not text.
  }
  throw new Error(`${file.name} is neither text nor PDF`);
}

const isPdf = (bytes: Uint8Array): boolean =>
  new TextDecoder("latin1").decode(bytes.subarray(0, 5)) === "%PDF-";
