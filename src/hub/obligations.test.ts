import { describe, expect, it } from "vitest";
import { isOpenLicence, obligationsOf } from "./obligations.ts";

describe("obligationsOf", () => {
  it.each([
    ["llama2", /700 million/],
    ["Llama 2 Community License", /improve other language models/],
    ["llama3", /Built with Meta Llama 3/],
    ["Meta Llama 3.1", /Built with Llama/],
    ["llama3.2", /begin with "Llama"/],
    ["llama-3.3", /Acceptable Use Policy/],
    ["LLaMA", /research only/],
    ["cc-by-nc-4.0", /no commercial use/],
  ])("%s", (license, line) => {
    expect(obligationsOf(license).join("\n")).toMatch(line);
  });
  it.each([undefined, "mit", "llamafactory", "__proto__", "other", "llama9"])(
    "of %s are unknown",
    (license) => {
      expect(obligationsOf(license)).toEqual([]);
    },
  );
});

describe("isOpenLicence", () => {
  it.each(["apache-2.0", "mit", "MIT", "cc-by-4.0", "gpl-3.0", "bsd-3-clause"])("%s", (license) => {
    expect(isOpenLicence(license)).toBe(true);
  });
  it.each([undefined, "", "other", "llama3", "cc-by-nc-4.0", "unknown", "mitigated"])("not %s", (license) => {
    expect(isOpenLicence(license)).toBe(false);
  });
});
