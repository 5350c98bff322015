/**
 * What licences of models ask of their users, in one line each. A summary for orientation: the licence's text counts.
 * Sources: the licence files that Meta publishes with each version, read for what they demand when a model is used or
 * passed on.
 */

const COMMON = [
  "pass it on only with a copy of the agreement and its attribution notice",
  "keep to the Acceptable Use Policy",
  "more than 700 million monthly users need a licence from Meta",
];
const NO_OTHER_MODELS = "do not use it or its output to improve other language models";
const BUILT_WITH_LLAMA = [
  'show "Built with Llama" where it is used or passed on',
  'names of models made with it or its output begin with "Llama"',
];

/** By the identifier in cards and GGUF files. */
const OBLIGATIONS: Readonly<Record<string, readonly string[]>> = {
  llama: ["LLaMA 1: research only, no commercial use", "not to be passed on"],
  llama2: [...COMMON, NO_OTHER_MODELS],
  llama3: [
    ...COMMON,
    'show "Built with Meta Llama 3" where it is used or passed on',
    'names of models made with it begin with "Llama 3"',
    NO_OTHER_MODELS,
  ],
  "llama3.1": [...COMMON, ...BUILT_WITH_LLAMA],
  "llama3.2": [...COMMON, ...BUILT_WITH_LLAMA],
  "llama3.3": [...COMMON, ...BUILT_WITH_LLAMA],
};

const NON_COMMERCIAL = /(^|[-_ ])nc([-_ ]|$)|non-?commercial/i;

/** "Llama 3.2 Community License" and "llama-3.2" are llama3.2. */
function identifierOf(license: string): string {
  const [, version] = /^(?:meta[- ])?llama[- ]?(\d(?:\.\d)?)?(?=$|[^\d.])/i.exec(license.trim()) ?? [];
  if (/^(?:meta[- ])?llama\b/i.test(license.trim()) && version === undefined) return "llama";
  return version === undefined ? license.trim().toLowerCase() : `llama${version}`;
}

/** What a licence demands, a line each; empty if nothing is known of it. */
export function obligationsOf(license: string | undefined): readonly string[] {
  if (license === undefined) return [];
  const id = identifierOf(license);
  if (Object.hasOwn(OBLIGATIONS, id)) return OBLIGATIONS[id];
  return NON_COMMERCIAL.test(license) ? ["no commercial use"] : [];
}

const OPEN =
  /^(apache-2\.0|mit(-0)?|bsd(-[234]-clause.*)?|isc|zlib|unlicense|wtfpl|cc0-1\.0|cc-by(-sa)?-\d\.\d|[al]?gpl-\d\.\d.*|mpl-2\.0|bsl-1\.0|epl-[12]\.0|odc-by|pddl|cdla-permissive-\d\.\d|artistic-2\.0|ms-pl|postgresql|ecl-2\.0|afl-3\.0|eupl-1\.\d)$/i;

/** Whether a licence permits every use, so that nobody is asked to accept it. */
export const isOpenLicence = (license: string | undefined): boolean =>
  license !== undefined && OPEN.test(license.trim());
