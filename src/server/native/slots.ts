/**
 * llama.cpp's /slots/ID?action=save, restore and erase. A place here has no cache of its own; what is saved is the cache of
 * the last text that named it with `id_slot`. The name in a request never becomes a path: files are named by a hash of the
 * client, the model and the name, in the one folder that the server was started with.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { FileError, FormatError } from "../../base/errors.ts";
import { ApiError } from "../errors.ts";
import { type Call, route } from "../route.ts";
import { withLease } from "../run.ts";
import { SLOT_ACTION, type SlotActionBody } from "../schemas/native.ts";

/** The tokens of the last text of each place, by client and model. */
export class SlotTexts {
  readonly #texts = new Map<string, readonly number[]>();

  #key(client: string, model: string, slot: number): string {
    return JSON.stringify([client, model, slot]);
  }

  get(client: string, model: string, slot: number): readonly number[] | undefined {
    return this.#texts.get(this.#key(client, model, slot));
  }

  set(client: string, model: string, slot: number, tokens: readonly number[]): void {
    const key = this.#key(client, model, slot);
    this.#texts.delete(key);
    this.#texts.set(key, tokens);
    if (this.#texts.size > MOST_TEXTS) this.#texts.delete(this.#texts.keys().next().value!);
  }

  delete(client: string, model: string, slot: number): void {
    this.#texts.delete(this.#key(client, model, slot));
  }
}
const MOST_TEXTS = 256;

export const SLOT_ACTIONS = route({
  method: "POST",
  path: "/slots/:slot{[0-9]+}",
  summary: "Save, restore or erase the cache of a place's last text: ?action=save, restore, erase",
  tag: "llama.cpp",
  body: SLOT_ACTION,
  handle: (call) => {
    const action = new URL(call.request.url).searchParams.get("action") ?? "";
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (act !== undefined) return act(call, Number(call.params.slot));
    throw new ApiError(400, "The query must say ?action=save, restore or erase", { param: "action" });
  },
});

type Action = (call: Call<SlotActionBody>, slot: number) => Promise<Response>;
const ACTIONS: Readonly<Record<string, Action>> = { save, restore, erase };

function fileOf({ server, client, body }: Call<SlotActionBody>, model: string): string {
  if (server.sessionFolder === undefined)
    throw new ApiError(400, "This server saves no caches; it was started without --session-folder", {
      code: "unsupported",
    });
  if (typeof body.filename !== "string")
    throw new ApiError(400, 'Missing "filename"', { param: "filename", code: "invalid_value" });
  const name = createHash("sha256")
    .update(JSON.stringify([client, model, body.filename]))
    .digest("hex");
  return join(server.sessionFolder, `${name}.cache`);
}

const answerOf = (slot: number, { body }: Call<SlotActionBody>, counts: object): Response =>
  Response.json({ id_slot: slot, filename: body.filename, ...counts });

function save(call: Call<SlotActionBody>, slot: number): Promise<Response> {
  return withLease(call, call.body.model, async ({ model, name }) => {
    const file = fileOf(call, name);
    const from = performance.now();
    const tokens = call.server.slotTexts.get(call.client, name, slot) ?? [];
    const saved =
      tokens.length === 0 ? 0 : await model.saveCache(file, tokens, { cacheSalt: call.cacheSalt });
    if (saved === 0)
      throw new ApiError(400, `The place ${slot} has no text: name it with "id_slot" in a completion first`);
    return answerOf(slot, call, { n_saved: saved, timings: { save_ms: performance.now() - from } });
  });
}

function restore(call: Call<SlotActionBody>, slot: number): Promise<Response> {
  return withLease(call, call.body.model, async ({ model, name }) => {
    const file = fileOf(call, name);
    const from = performance.now();
    const tokens = await model.restoreCache(file, { cacheSalt: call.cacheSalt }).catch((error) => {
      if (error instanceof FileError) throw new ApiError(404, "There is no saved cache of this name");
      // The message would tell the folder.
      if (error instanceof FormatError)
        throw new ApiError(400, "The saved cache belongs to another model, or is damaged");
      throw error;
    });
    call.server.slotTexts.set(call.client, name, slot, tokens);
    return answerOf(slot, call, {
      n_restored: tokens.length,
      timings: { restore_ms: performance.now() - from },
    });
  });
}

function erase(call: Call<SlotActionBody>, slot: number): Promise<Response> {
  return withLease(call, call.body.model, async ({ name }) => {
    const { slotTexts } = call.server;
    const erased = slotTexts.get(call.client, name, slot)?.length ?? 0;
    slotTexts.delete(call.client, name, slot);
    return Response.json({ id_slot: slot, n_erased: erased });
  });
}
