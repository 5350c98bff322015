/**
 * `system_fingerprint`: changes whenever the same request and seed may give another answer, because of another version of
 * Cria, another model or another backend. Of the weights it covers names, types, shapes and lengths, not each value.
 */
import { createHash } from "node:crypto";
import type { Model } from "../library/model.ts";

const known = new WeakMap<Model, string>();

export function fingerprint(model: Model, version: string): string {
  let found = known.get(model);
  if (found === undefined) {
    const { checkpoint, config } = model.opened;
    const tensors = [...checkpoint.tensors].map(([name, { dtype, shape }]) => [name, dtype, shape]);
    const identity = JSON.stringify([version, model.backend.name, config, checkpoint.byteLength, tensors]);
    found = `fp_${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
    known.set(model, found);
  }
  return found;
}
