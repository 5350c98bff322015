/** The identity of a model: a hash of everything that its results depend on. */
import { platform } from "#platform";
import type { OpenedModel } from "../open/open-model.ts";

const utf8 = new TextEncoder();

/** SHA-256 of the configuration and of every tensor's name, type, shape and bytes; takes about a second per GB. */
export async function hashModel({ config, checkpoint }: OpenedModel): Promise<string> {
  const hash = platform.hash("sha256");
  hash.update(utf8.encode(JSON.stringify(config)));
  for (const [name, tensor] of [...checkpoint.tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(utf8.encode(JSON.stringify([name, tensor.dtype, tensor.shape])));
    hash.update(tensor.bytes());
    tensor.release?.();
    await platform.yieldToEventLoop();
  }
  return hash.digest();
}
