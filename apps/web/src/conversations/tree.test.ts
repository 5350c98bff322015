/** Paths and versions in the tree of a conversation's messages. */
import { describe, expect, it } from "vitest";
import { childrenOf, leafUnder, pathTo } from "./tree.ts";
import type { Message } from "./types.ts";

const message = (id: string, parent: string | undefined, created: number): Message => ({
  id,
  conversation: "c",
  ...(parent === undefined ? {} : { parent }),
  role: "user",
  created,
  text: id,
  state: "whole",
});
/** a ─ b ─ c, a ─ b2, and a2 beside a. */
const all = [
  message("a", undefined, 1),
  message("b", "a", 2),
  message("c", "b", 3),
  message("b2", "a", 4),
  message("a2", undefined, 5),
];
const map = new Map(all.map((each) => [each.id, each]));

describe("the tree of messages", () => {
  it("has a path to each message", () => {
    expect(pathTo(map, "c").map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(pathTo(map, undefined)).toEqual([]);
    expect(pathTo(map, "nowhere")).toEqual([]);
  });

  it("has versions in the order of their making, and a newest message below each", () => {
    const children = childrenOf(map);
    expect(children.get(undefined)?.map(({ id }) => id)).toEqual(["a", "a2"]);
    expect(children.get("a")?.map(({ id }) => id)).toEqual(["b", "b2"]);
    expect(leafUnder(children, "a")).toBe("b2");
    expect(leafUnder(children, "b")).toBe("c");
  });

  it("ends for a circle, which a damaged database may have", () => {
    const circle = new Map([message("x", "y", 1), message("y", "x", 2)].map((each) => [each.id, each]));
    expect(pathTo(circle, "x").map(({ id }) => id)).toEqual(["y", "x"]);
  });
});
