import { describe, expect, it } from "vitest";
import { hubSettings } from "./settings.ts";

function machine(environment: Record<string, string>, files: Record<string, string> = {}) {
  return {
    environment: (name: string) => environment[name],
    homeFolder: "/home/me",
    join: (...parts: string[]) => parts.join("/"),
    disk: { readText: async (path: string) => files[path] } as never,
  };
}
const of = (environment: Record<string, string>, files?: Record<string, string>) =>
  hubSettings({}, machine(environment, files));
const STORED = { "/home/me/.cache/huggingface/token": "hf_stored\n" };

describe("hubSettings", () => {
  it("has the defaults of Hugging Face's programs", async () => {
    expect(await of({})).toEqual({
      cacheFolder: "/home/me/.cache/huggingface/hub",
      ownFolder: "/home/me/.local/share/cria",
      ollamaFolder: "/home/me/.ollama/models",
      endpoint: "https://huggingface.co",
      token: undefined,
      offline: false,
    });
  });

  it.each([
    [{ HF_HOME: "/h" }, "cacheFolder", "/h/hub"],
    [{ HF_HOME: "/h", HF_HUB_CACHE: "/c" }, "cacheFolder", "/c"],
    [{ XDG_CACHE_HOME: "/x" }, "cacheFolder", "/x/huggingface/hub"],
    [{ HUGGINGFACE_HUB_CACHE: "/old" }, "cacheFolder", "/old"],
    [{ HF_ENDPOINT: "https://mirror.example/hf/" }, "endpoint", "https://mirror.example/hf"],
    [{ HF_HUB_OFFLINE: "1" }, "offline", true],
    [{ HF_HUB_OFFLINE: "0" }, "offline", false],
    [{ TRANSFORMERS_OFFLINE: "YES" }, "offline", true],
    [{ CRIA_HOME: "/cria" }, "ownFolder", "/cria"],
    [{ OLLAMA_MODELS: "/o" }, "ollamaFolder", "/o"],
    [{ HF_TOKEN: "hf_a" }, "token", "hf_a"],
  ] as const)("%j sets %s", async (environment, key, value) => {
    expect((await of(environment))[key]).toBe(value);
  });

  it("uses the stored token at Hugging Face only, and a named one wherever it was named for", async () => {
    expect((await of({}, STORED)).token).toBe("hf_stored");
    expect((await of({ HF_ENDPOINT: "https://mirror.example" }, STORED)).token).toBeUndefined();
    expect((await of({ HF_ENDPOINT: "https://mirror.example", HF_TOKEN: "hf_a" }, STORED)).token).toBe(
      "hf_a",
    );
  });

  it("refuses endpoints that are none", async () => {
    for (const text of ["mirror", "ftp://x", "file:///x"]) {
      await expect(of({ HF_ENDPOINT: text })).rejects.toThrow(/HF_ENDPOINT/);
    }
  });
});
