/** Ends that only a configuration knows keep their place in a GGUF file, or the report says that they were lost. */
import { describe, expect, it } from "vitest";
import { type GgufValue, ggufValue } from "../formats/gguf/index.ts";
import { addGgufEnds } from "./gguf-ends.ts";

const keys = (metadata: ReadonlyMap<string, GgufValue>) =>
  Object.fromEntries([...metadata].map(([key, { value }]) => [/ggml\.(\w+)_token/.exec(key)?.[1], value]));

describe("the ends of a text in GGUF", () => {
  it.each([
    ["the vocabulary knows", [2, 9], [2, 9], { eos: 2 }, []],
    ["the vocabulary does not know", [2, 9], [2], { eos: 2, eot: 9 }, []],
    ["are three", [2, 9, 8], [2], { eos: 2, eot: 9, eom: 8 }, []],
    ["are more than GGUF has keys for", [2, 9, 8, 7], [2], { eos: 2, eot: 9, eom: 8 }, [7]],
  ])("that %s", (_, ends, known, expected, lost) => {
    const metadata = new Map<string, GgufValue>([["tokenizer.ggml.eos_token_id", ggufValue.u32(2)]]);
    expect(addGgufEnds(metadata, ends, known)).toEqual(lost);
    expect(keys(metadata)).toEqual(expected);
  });
});
