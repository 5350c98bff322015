/** Which kernel a launch calls: short ones first, compiled ones rather than new ones, slow ones for a few steps only. */
import { describe, expect, it } from "vitest";
import { type Kernel, kernel } from "../../jit/builder.ts";
import { int, type Launch, type ShortKernel } from "../../kernels/launch.ts";
import { KernelChoice } from "./kernel-choice.ts";
import type { KernelHost } from "./kernel-host.ts";

const named = (name: string): Kernel =>
  kernel(name, { tokens: "int" }, () => {
    throw new Error("not built here");
  }) as unknown as Kernel;

const OWN = named("own");
const FEW: ShortKernel = { kernel: named("few"), tokens: [1, 7], fast: [1, 7] };
const FILE: ShortKernel = {
  kernel: named("file"),
  tokens: [1, 2],
  fast: [1, 1],
  inFile: true,
  unused: ["packer"],
};
const LEAN: ShortKernel = { kernel: named("lean"), tokens: [9, 20] };
const LAUNCH: Launch = {
  kernel: OWN,
  arguments: { tokens: int("T") },
  short: [FILE, LEAN, FEW],
  fastFrom: 3,
};

/** A choice, and the names of the kernels that it has compiled. */
function choiceOf(compiled: readonly Kernel[] = []) {
  const names = compiled.map(({ name }) => name);
  const host = {
    hasKernel: ({ name }: Kernel) => names.includes(name),
    kernel({ name }: Kernel) {
      if (!names.includes(name)) names.push(name);
      return BigInt(names.indexOf(name));
    },
  } as unknown as KernelHost;
  const choice = new KernelChoice(host, LAUNCH);
  const step = (tokens: number, inFile: boolean): string => {
    choice.choose(tokens, inFile);
    return names[Number(choice.address)];
  };
  return { choice, step, names };
}

describe("KernelChoice", () => {
  it("compiles the shortest kernel that computes the step, and no other", () => {
    const { step, names } = choiceOf();
    expect([step(1, true), step(1, false), step(7, false), step(8, false)]).toEqual([
      "file",
      "few",
      "few",
      "own",
    ]);
    expect(names).toEqual(["file", "few", "own"]);
    expect(choiceOf().step(8, true)).toBe("own");
  });

  it("takes a compiled kernel rather than a shorter one", () => {
    expect(choiceOf([OWN]).step(9, true)).toBe("own");
    expect(choiceOf([FEW.kernel]).step(1, true)).toBe("few");
    expect(choiceOf([OWN]).step(5, false)).toBe("own");
  });

  it("prefers the shortest of those that are compiled", () => {
    expect(choiceOf([OWN, FEW.kernel]).step(3, false)).toBe("few");
  });

  it("takes a slower kernel only for the first steps, and only if no faster one is compiled", () => {
    const { step, names } = choiceOf();
    expect([1, 2, 3, 4, 5, 6].map(() => step(2, true))).toEqual([
      "file",
      "file",
      "file",
      "file",
      "few",
      "few",
    ]);
    expect(step(1, true)).toBe("file");
    expect(names).toEqual(["file", "few"]);
    expect(choiceOf([FEW.kernel, FILE.kernel]).step(2, true)).toBe("few");
  });

  it("lets a lean kernel compute the first steps with more tokens", () => {
    const { step, names } = choiceOf();
    expect([9, 20, 21, 20, 9, 9].map((tokens) => step(tokens, false))).toEqual([
      "lean",
      "lean",
      "own",
      "own",
      "own",
      "own",
    ]);
    expect(names).toEqual(["lean", "own"]);
    const other = choiceOf();
    expect([9, 9, 9, 9, 9].map((tokens) => other.step(tokens, false)).at(-1)).toBe("own");
  });

  it("does not take the launch's own kernel for fewer tokens than it is fast with", () => {
    expect(choiceOf([OWN]).step(2, false)).toBe("few");
    expect(choiceOf([OWN]).step(3, false)).toBe("own");
  });

  it("changes when the weight is packed", () => {
    const { choice, step } = choiceOf();
    expect([step(1, true), choice.uses("packer"), choice.uses("x")]).toEqual(["file", false, true]);
    expect([step(1, false), choice.uses("packer")]).toEqual(["few", true]);
  });

  it("refuses a short kernel with other parameters", () => {
    const other = kernel("other", { a: "ptr", b: "ptr" }, () => {}) as unknown as Kernel;
    const launch = { ...LAUNCH, short: [{ ...FEW, kernel: other }] };
    expect(() => new KernelChoice({} as KernelHost, launch)).toThrow("other has other parameters");
  });
});
