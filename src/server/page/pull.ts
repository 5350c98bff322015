/**
 * POST /cria/pull: fetches a model of the hub and offers it. Only where whoever runs the server permits it, only from
 * the hub that the server's settings name, and one model at a time.
 */
import { CriaError } from "../../base/errors.ts";
import {
  describeLicence,
  hubSettings,
  parseReference,
  type Terms,
  type TransferProgress,
} from "../../hub/index.ts";
import { ApiError } from "../errors.ts";
import type { ModelSpec } from "../models/registry.ts";
import { type Call, route } from "../route.ts";
import { PULL as BODY } from "../schemas/page.ts";
import { eventStream, type SendEvent } from "../sse.ts";

/** Brings a model into the store of this machine. */
export type FetchModel = (
  reference: string,
  options: {
    readonly signal: AbortSignal;
    readonly onProgress: (progress: TransferProgress) => void;
    readonly acceptLicence: (terms: Terms) => boolean;
  },
) => Promise<ModelSpec>;

/** Characters of a licence that are shown. */
const MOST_TERMS = 50_000;

export const PULL = route({
  method: "POST",
  path: "/cria/pull",
  summary:
    "Fetches a model of the hub and offers it: events of progress, its licence if that must be accepted, its name",
  tag: "Cria",
  body: BODY,
  handle: async (call) => {
    const { server, body, abort, notes } = call;
    const { fetchModel } = server;
    if (fetchModel === undefined)
      throw new ApiError(
        403,
        "This server fetches no models; whoever runs it may permit that with --allow-pull",
      );
    await checkReference(body.reference);
    if (!server.isOpen) throw new ApiError(503, "The server is shutting down", { retryAfter: 30 });
    if (server.isPulling)
      throw new ApiError(429, "Another model is being fetched; one can be fetched at a time", {
        retryAfter: 10,
      });
    server.isPulling = true;
    notes.reference = body.reference;
    return eventStream((send) => bring(call, body, fetchModel, send), {
      pingMs: server.pingMs,
      abort,
      onError: (error) => server.log.error({ err: error, id: call.id }, "pull failed"),
      onEnd: call.done,
    });
  },
});

/** @throws ApiError 400 for paths, addresses and torrents: a request must not name files or hosts. */
async function checkReference(reference: string): Promise<void> {
  const { endpoint } = await hubSettings();
  if (/^hf:/.test(reference) && parseReference(reference, endpoint).kind === "hub") return;
  throw new ApiError(400, 'A model of the hub is named "hf:owner/repo" or "hf:owner/repo:Q4_0"', {
    param: "reference",
  });
}

async function bring(
  { server, abort }: Call<unknown>,
  { reference, accept }: { readonly reference: string; readonly accept?: string | null | undefined },
  fetchModel: FetchModel,
  send: SendEvent,
): Promise<void> {
  let asked: Terms | undefined;
  try {
    const spec = await fetchModel(reference, {
      signal: abort.signal,
      onProgress: ({ done, total }) => send({ progress: { done, total } }),
      acceptLicence: (terms) => {
        // What is accepted is a text, not a name: terms that have changed meanwhile are shown again.
        if (terms.digest !== accept) asked = terms;
        return terms.digest === accept;
      },
    });
    send({ model: server.models.add(spec).name });
  } catch (error) {
    if (asked !== undefined) send({ terms: told(asked) });
    // Errors of the hub concern whoever asked; their messages hold no secrets.
    else throw error instanceof CriaError ? new ApiError(502, error.message, { cause: error }) : error;
  } finally {
    server.isPulling = false;
  }
}

function told(terms: Terms) {
  const { link = "", texts, card, digest } = terms;
  const text = texts.map((each) => each.text).join("\n\n");
  return {
    license: describeLicence(terms),
    text: `${link}\n${text === "" ? card : text}`.trim().slice(0, MOST_TERMS),
    digest,
  };
}
