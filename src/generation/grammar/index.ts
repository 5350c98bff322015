/**
 * Grammars: texts that have a given structure. Front ends turn JSON schemas, regular expressions, GBNF and choices into
 * expressions; the compiler turns these into an automaton over bytes; masks say which tokens may follow. Everything is
 * bounded by counts, so a hostile grammar ends in an error.
 */
export { grammarFromChoices } from "./choices.ts";
export type { Expression, Grammar } from "./expression.ts";
export { grammarFromGbnf } from "./gbnf.ts";
export type { Guide } from "./guide.ts";
export { Guides } from "./guides.ts";
export { grammarFromSchema } from "./json-schema/write.ts";
export { GRAMMAR_LIMITS } from "./limits.ts";
export { type Structure, type StructureOptions, structureOf } from "./structure.ts";
