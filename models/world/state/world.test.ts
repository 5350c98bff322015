import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/index.ts";
import { Cast } from "./cast.ts";
import { Story } from "./story.ts";
import { ImpossibleEvent, World } from "./world.ts";

describe("world", () => {
  const cast = new Cast(new Random(1));
  const [h, f] = [cast.child(), cast.child("friend")];
  const [t, p, q] = [cast.thing(), cast.place(), cast.place()];
  const roles = { h, f, t, p, q };

  it("what is held moves with its holder and stays where it is put down", () => {
    const world = new World();
    world.make("h at p", roles);
    world.make("h has t", roles);
    world.make("h at q", roles);
    expect(world.placeOf(t)).toBe(q);
    world.make("t free", roles);
    world.make("h at p", roles);
    expect(world.placeOf(t)).toBe(q);
    expect(world.holds("h near t", roles)).toBe(false);
  });
  it("only one holds a thing", () => {
    const world = new World();
    world.make("h has t", roles);
    world.make("f has t", roles);
    expect([world.holds("h has t", roles), world.holds("f has t", roles)]).toEqual([false, true]);
  });
  it("who is gone is near nobody", () => {
    const world = new World();
    world.make("h at p", roles);
    world.make("f joins h", roles);
    expect(world.holds("h near f", roles)).toBe(true);
    world.make("f gone", roles);
    expect(world.holds("h near f", roles)).toBe(false);
  });
  it("who finds a thing knows where it is, until it is lost", () => {
    const world = new World();
    world.make("h has t", roles);
    expect(world.knows(h, t)).toBe(true);
    world.make("h forgets t", roles);
    expect(world.knows(h, t)).toBe(false);
  });
});

describe("story", () => {
  const newStory = (): Story => new Story(new Random(3));
  it("lets nobody use what is elsewhere", () => {
    const s = newStory();
    const t = s.cast.thing();
    s.world.put(t, s.cast.place());
    expect(() => s.do("finds", { t })).toThrow(ImpossibleEvent);
  });
  it("lets nobody give what another holds", () => {
    const s = newStory();
    const [t, f] = [s.cast.thing(), s.friend()];
    s.bring(f);
    s.world.give(f, t);
    expect(() => s.do("gives", { f, t })).toThrow(/h has t/);
  });
  it("lets no absent character speak", () => {
    const s = newStory();
    const f = s.friend();
    expect(() => s.do("thanks", { f })).toThrow(ImpossibleEvent);
    expect(() => s.do("misses", { h: f, t: s.cast.thing() })).toThrow(/not here/);
  });
});
