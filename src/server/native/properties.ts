/** llama.cpp's /props and /slots: what the server is, and what it does now. Neither shows any prompt. */
import { SAMPLING_DEFAULTS } from "../../generation/samplers/default-chain.ts";
import { ApiError } from "../errors.ts";
import { type Call, route } from "../route.ts";
import { withTokenizer } from "../run.ts";

export const PROPERTIES = route({
  method: "GET",
  path: "/props",
  summary: "Properties of the default model, or of the one named by ?model=",
  tag: "llama.cpp",
  handle: (call) =>
    withTokenizer(call, namedModel(call), (model, { name, places }) => {
      const { temperature, topK, topP, minP } = SAMPLING_DEFAULTS;
      const params = { temperature, top_k: topK, top_p: topP, min_p: minP, seed: -1 };
      return Response.json({
        default_generation_settings: { n_ctx: model.context, params },
        total_slots: places,
        model_alias: name,
        model_path: name,
        modalities: { vision: false, audio: false },
        chat_template: model.opened.chatTemplate ?? "",
        bos_token: pieceOf(model, model.tokenizer.bosId),
        eos_token: pieceOf(model, model.tokenizer.eosId),
        build_info: `cria ${call.server.version}`,
      });
    }),
});

function pieceOf(
  { tokenizer }: { readonly tokenizer: { piece(id: number): string } },
  id: number | undefined,
): string {
  return id === undefined ? "" : tokenizer.piece(id);
}

export const SLOTS = route({
  method: "GET",
  path: "/slots",
  summary: "The places of a model, and which of them are taken; with ?fail_on_no_slot=1, 503 if all are",
  tag: "llama.cpp",
  handle: (call) =>
    withTokenizer(call, namedModel(call), ({ load, waiting, context }, { places }) => {
      const running = load - waiting;
      const slots = Array.from({ length: places }, (_, id) => ({
        id,
        n_ctx: context,
        is_processing: id < running,
      }));
      const fails = new URL(call.request.url).searchParams.get("fail_on_no_slot") === "1";
      if (fails && running >= places) throw new ApiError(503, "All places are taken", { retryAfter: 1 });
      return Response.json(slots);
    }),
});

const namedModel = ({ request }: Call<unknown>): string | undefined =>
  new URL(request.url).searchParams.get("model") ?? undefined;
