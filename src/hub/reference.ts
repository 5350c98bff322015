/**
 * References to models, parsed once:
 *
 *     hf:owner/repo[:quantisation|:file][@revision]     a repository of the hub
 *     https://host/model.gguf                           one file; addresses of the hub become hf: references
 *     magnet:?xt=…, x.torrent                           a torrent
 *     ollama:name[:tag]                                 a model in Ollama's store
 *     file:///path, path                                a file or folder
 *     name                                              an alias, or the model of the package
 */
import { RequestError } from "../base/errors.ts";
import { isRepositoryId, isRevision, isSafeName } from "./safe-names.ts";

export interface HubReference {
  readonly kind: "hub";
  /** `owner/name`, or a name alone. */
  readonly id: string;
  readonly revision: string;
  /** A quantisation or the name of a file, as given. */
  readonly select?: string;
}

export type Reference =
  | HubReference
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "torrent"; readonly source: string }
  | { readonly kind: "ollama"; readonly name: string; readonly tag: string }
  | { readonly kind: "path"; readonly path: string };

export const DEFAULT_REVISION = "main";

const FORMS = "hf:owner/repo, hf:owner/repo:Q4_K_M or hf:owner/repo:file.gguf, each with @revision if needed";

function badReference(text: string, expected: string, found: string): RequestError {
  return new RequestError({
    doing: `use the reference ${JSON.stringify(text.slice(0, 200))}`,
    expected,
    found,
  });
}

/**
 * @param endpoint the hub, whose web addresses are understood as references.
 * @throws RequestError for a reference of a known kind that is malformed.
 */
export function parseReference(text: string, endpoint?: string): Reference {
  const [, scheme = ""] = /^([a-z][a-z0-9+.-]+):/i.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case "hf":
      return parseHub(text);
    case "https":
    case "http":
      return parseAddress(text, endpoint);
    case "magnet":
      return { kind: "torrent", source: text };
    case "ollama":
      return parseOllama(text);
    case "file":
      return { kind: "path", path: filePath(text) };
    default:
      return /\.torrent$/i.test(text) ? { kind: "torrent", source: text } : { kind: "path", path: text };
  }
}

function parseHub(text: string): HubReference {
  const rest = text.slice("hf:".length).replace(/^\/\//, "");
  const at = rest.indexOf("@");
  const revision = at < 0 ? DEFAULT_REVISION : rest.slice(at + 1);
  const place = at < 0 ? rest : rest.slice(0, at);
  const colon = place.indexOf(":");
  const id = colon < 0 ? place : place.slice(0, colon);
  const select = colon < 0 ? undefined : place.slice(colon + 1);
  if (!isRepositoryId(id))
    throw badReference(text, FORMS, `${JSON.stringify(id.slice(0, 100))} as its repository`);
  return hubReference(text, id, revision, select);
}

function hubReference(text: string, id: string, revision: string, select: string | undefined): HubReference {
  if (!isRevision(revision)) {
    throw badReference(text, "a branch, tag or commit after @", JSON.stringify(revision.slice(0, 100)));
  }
  if (select !== undefined && !isSafeName(select)) {
    throw badReference(
      text,
      "a quantisation or a file's name after the colon",
      JSON.stringify(select.slice(0, 100)),
    );
  }
  return { kind: "hub", id, revision, ...(select === undefined ? {} : { select }) };
}

const HUB_HOSTS = new Set(["huggingface.co", "hf.co"]);

/** An address of the hub's own pages and files is a reference; any other is a file. */
function parseAddress(text: string, endpoint: string | undefined): Reference {
  if (!URL.canParse(text)) throw badReference(text, "an address", "something else");
  const url = new URL(text);
  const isHub = HUB_HOSTS.has(url.hostname) || (endpoint !== undefined && text.startsWith(`${endpoint}/`));
  const path = decoded(text, url.pathname.replace(/^\/+|\/+$/g, ""));
  const [, id, revision, file] =
    /^([^/]+\/[^/]+)(?:\/(?:resolve|blob|tree|raw)\/((?:refs\/[^/]+\/)?[^/]+)(?:\/(.+))?)?$/.exec(path) ?? [];
  if (!isHub || id === undefined || !isRepositoryId(id)) return { kind: "url", url: text };
  return hubReference(text, id, revision ?? DEFAULT_REVISION, file);
}

function decoded(text: string, path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw badReference(text, "valid escapes after %", "others");
  }
}

const DEFAULT_TAG = "latest";

function parseOllama(text: string): Reference {
  const [, name, tag = DEFAULT_TAG] = /^ollama:([\w./-]+?)(?::([\w.-]+))?$/i.exec(text) ?? [];
  if (name === undefined || !isSafeName(name) || !isSafeName(tag)) {
    throw badReference(text, "ollama:name or ollama:name:tag", "something else");
  }
  return { kind: "ollama", name, tag };
}

function filePath(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.hostname !== "" && url.hostname !== "localhost")) {
    throw badReference(text, "file: and a path on this machine", "something else");
  }
  const path = decoded(text, url.pathname);
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

/** The text that names the same model again. */
export function formatReference(reference: Reference): string {
  switch (reference.kind) {
    case "hub": {
      const { id, select, revision } = reference;
      const selected = select === undefined ? "" : `:${select}`;
      return `hf:${id}${selected}${revision === DEFAULT_REVISION ? "" : `@${revision}`}`;
    }
    case "ollama":
      return `ollama:${reference.name}${reference.tag === DEFAULT_TAG ? "" : `:${reference.tag}`}`;
    case "url":
      return reference.url;
    case "torrent":
      return reference.source;
    case "path":
      return reference.path;
  }
}
