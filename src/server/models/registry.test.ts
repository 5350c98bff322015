/** Loading on demand, the budget of memory, and unloading. */
import { describe, expect, it } from "vitest";
import type { Model } from "../../library/model.ts";
import { ModelRegistry, type RegistryOptions } from "./registry.ts";

/** Models that only record what happens to them. */
function registry(sizes: Readonly<Record<string, number>>, options: RegistryOptions = {}) {
  const events: string[] = [];
  const specs = Object.entries(sizes).map(([name, byteLength]) => ({
    name,
    byteLength,
    places: 1,
    load: async () => {
      events.push(`load ${name}`);
      await Promise.resolve();
      if (byteLength === 0) throw new Error("broken");
      return { dispose: async () => void events.push(`unload ${name}`) } as unknown as Model;
    },
  }));
  return { events, models: new ModelRegistry(specs, options) };
}

describe("ModelRegistry", () => {
  it("loads a model once for all who ask, and the first by default", async () => {
    const { models, events } = registry({ a: 1, b: 1 });
    const leases = await Promise.all([models.use(), models.use("a"), models.use(null)]);
    expect(new Set(leases.map(({ model }) => model)).size).toBe(1);
    expect(events).toEqual(["load a"]);
    expect([...models.loaded.keys()]).toEqual(["a"]);
  });

  it("unloads the least recently used idle model when memory is short", async () => {
    const { models, events } = registry({ a: 4, b: 4, c: 4 }, { memoryBytes: 8 });
    for (const name of ["a", "b", "a"]) (await models.use(name)).release();
    (await models.use("c")).release();
    expect(events).toEqual(["load a", "load b", "unload b", "load c"]);
  });

  it("never unloads a model in use, and says so with 503", async () => {
    const { models, events } = registry({ a: 4, b: 8 }, { memoryBytes: 8 });
    const lease = await models.use("a");
    await expect(models.use("b")).rejects.toMatchObject({ status: 503 });
    lease.release();
    lease.release();
    (await models.use("b")).release();
    expect(events).toEqual(["load a", "unload a", "load b"]);
  });

  it("loads a model larger than the budget alone", async () => {
    const { models } = registry({ a: 9 }, { memoryBytes: 8 });
    expect((await models.use("a")).name).toBe("a");
  });

  it("unloads what nobody has used for a while", async () => {
    const { models, events } = registry({ a: 1 }, { keepAliveMs: 5 });
    const first = await models.use("a");
    (await models.use("a")).release();
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(events).toEqual(["load a"]);
    first.release();
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(events).toEqual(["load a", "unload a"]);
    (await models.use("a")).release();
    expect(events).toEqual(["load a", "unload a", "load a"]);
  });

  it("tries again after a failure", async () => {
    const { models, events } = registry({ a: 0 });
    await expect(Promise.all([models.use(), models.use()])).rejects.toThrow("broken");
    await expect(models.use()).rejects.toThrow("broken");
    expect(events).toEqual(["load a", "load a"]);
  });

  it("unloads everything at the end", async () => {
    const { models, events } = registry({ a: 1, b: 1 });
    await models.use("a");
    await models.use("b");
    await models.dispose();
    expect(events.slice(2).sort()).toEqual(["unload a", "unload b"]);
  });
});
