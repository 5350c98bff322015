/**
 * The normalizer and Metaspace parts of tokenizer.json, to the extent that LLaMA-like vocabularies use them.
 */
import { UnsupportedError } from "../base/errors.ts";
import { flatten } from "./hf-pretokenizers.ts";
import { type JsonObject, type JsonReader, shown } from "./json-value.ts";
import { SPACE_MARK } from "./text.ts";
import type { Normalizer } from "./vocabulary.ts";

export interface TextRules {
  readonly normalizer: Normalizer;
  readonly addSpacePrefix: boolean;
  readonly spacePrefixAfterAdded: boolean;
  readonly spacePrefixIfMissing: boolean;
  /** Spaces become "▁". */
  readonly escapesSpaces: boolean;
  /** The normalizer itself (not Metaspace) prepends "▁". */
  readonly prepends: boolean;
  /** Text is split before every "▁". */
  readonly splitsAtSpaces: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<Omit<TextRules, "normalizer">> & { normalizer: Mutable<Normalizer> };

/** The pattern with which Cria writes SentencePiece's removal of spaces at both ends. */
export const SURPLUS_AT_ENDS = "^ +| +$";

const FORMS = new Set(["NFC", "NFD", "NFKC", "NFKD"]);

/**
 * The effect of the normalizer, and of Metaspace among the pre-tokenisers, on text.
 * @param metaspaces components of the pre_tokenizer of type Metaspace.
 */
export function textRules(
  json: JsonReader,
  normalizer: unknown,
  metaspaces: readonly JsonObject[],
  file: string,
): TextRules {
  const rules: Draft = {
    normalizer: { removeExtraWhitespaces: false },
    addSpacePrefix: false,
    spacePrefixAfterAdded: true,
    spacePrefixIfMissing: false,
    escapesSpaces: false,
    prepends: false,
    splitsAtSpaces: false,
  };
  for (const component of flatten(json, normalizer, "normalizers", "normalizer")) {
    applyNormalizer(json, component, rules, file);
  }
  for (const component of metaspaces) applyMetaspace(json, component, rules);
  return rules;
}

function applyNormalizer(json: JsonReader, component: JsonObject, rules: Draft, file: string): void {
  const type = json.string(component.type, "normalizer");
  const unsupported = (): UnsupportedError =>
    new UnsupportedError({
      doing: `read the normalizer of "${file}"`,
      found: `the component ${shown(component)}`,
      fix: "Cria does not support this model's text normalisation",
    });
  if (FORMS.has(type)) {
    if (rules.normalizer.form !== undefined) throw unsupported();
    rules.normalizer.form = type as "NFC" | "NFD" | "NFKC" | "NFKD";
    return;
  }
  switch (type) {
    case "Lowercase":
      rules.normalizer.lowercase = true;
      return;
    case "Precompiled": {
      const blob = json.string(component.precompiled_charsmap, "precompiled_charsmap");
      if (blob !== "") rules.normalizer.charsmap = bytesOfBase64(json, blob);
      return;
    }
    case "Prepend":
      if (component.prepend !== SPACE_MARK) throw unsupported();
      rules.addSpacePrefix = true;
      rules.prepends = true;
      return;
    case "Replace": {
      const { String: text, Regex: regex } = json.object(component.pattern, "pattern");
      const to = component.content;
      if (text === " " && to === SPACE_MARK) rules.escapesSpaces = true;
      else if (regex === SURPLUS_AT_ENDS && to === "") rules.normalizer.removeExtraWhitespaces = true;
      else if (regex === " {2,}" && (to === " " || to === SPACE_MARK)) rules.normalizer.collapseSpaces = true;
      else throw unsupported();
      return;
    }
    case "Strip":
      // After a Prepend there is nothing to strip on the left.
      if (rules.prepends || rules.escapesSpaces) throw unsupported();
      rules.normalizer.stripLeft = component.strip_left === true;
      rules.normalizer.stripRight = component.strip_right === true;
      return;
    default:
      throw unsupported();
  }
}

function bytesOfBase64(json: JsonReader, text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    throw json.broken("precompiled_charsmap", "base64", text);
  }
}

function applyMetaspace(json: JsonReader, component: JsonObject, rules: Draft): void {
  const replacement = json.string(component.replacement ?? SPACE_MARK, "replacement");
  if (replacement !== SPACE_MARK) throw json.broken("Metaspace", "the replacement ▁", replacement);
  const scheme = component.prepend_scheme ?? (component.add_prefix_space === false ? "never" : "always");
  rules.escapesSpaces = true;
  rules.splitsAtSpaces ||= json.flag(component.split, "split", true);
  if (scheme === "never") return;
  if (scheme !== "always" && scheme !== "first")
    throw json.broken("prepend_scheme", "always, first or never", scheme);
  rules.addSpacePrefix = true;
  rules.spacePrefixIfMissing = true;
  rules.spacePrefixAfterAdded = scheme === "always";
}
