/** What the hub means with a status, in terms of what the user can do. */
import { NetworkError } from "../../base/errors.ts";
import type { HttpAnswer } from "../../platform/http.ts";

interface Meaning {
  readonly found: string;
  readonly fix: string;
}

/** By X-Error-Code, which the hub sends with 401, 403 and 404. */
const BY_CODE: Readonly<Record<string, Meaning>> = {
  GatedRepo: {
    found: "the repository is gated",
    fix: "open its page, accept its terms, and set HF_TOKEN to a token of that account",
  },
  RepoNotFound: {
    found: "there is no such repository, or it is private",
    fix: "check the name; for a private one set HF_TOKEN",
  },
  RevisionNotFound: { found: "there is no such revision", fix: "check the name after @" },
  EntryNotFound: { found: "there is no such file", fix: "check the name after the colon" },
  DisabledRepo: { found: "the repository is disabled", fix: "choose another" },
};

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  401: { found: "the server asks for a token", fix: "set HF_TOKEN, and check the name" },
  404: { found: "there is no such repository, revision or file", fix: "check the name" },
  429: { found: "too many requests", fix: "wait; a token in HF_TOKEN raises the limit" },
};

const FORBIDDEN: Meaning = {
  found: "access is refused",
  fix: "accept the repository's terms on its page, and set HF_TOKEN",
};
const TOKEN_REFUSED: Meaning = {
  found: "access is refused with this token",
  fix: "check HF_TOKEN, and accept the repository's terms on its page with that account",
};

/** The error for an answer of the hub that is no success. */
export function refusal(doing: string, answer: HttpAnswer, hasToken: boolean): NetworkError {
  const { status } = answer;
  const named = BY_CODE[answer.header("x-error-code") ?? ""] ?? BY_STATUS[status];
  const meaning = status === 403 && named === undefined ? (hasToken ? TOKEN_REFUSED : FORBIDDEN) : named;
  const { found, fix } = meaning ?? { found: "an error of the server", fix: "try again later" };
  return new NetworkError({ doing, found: `${found} (status ${status})`, fix });
}
