/** Matrix tiles on a machine that has them, compared with plain loops; their code, compared with binutils. */
import { describe, expect, it } from "vitest";
import { bf16ToF32, f32ToBf16 } from "../../../base/half.ts";
import { openNative } from "../../../platform/node-native.ts";
import { kernel, writeArguments } from "../builder.ts";
import { mapKernels } from "../execution.ts";
import { nativeTargets } from "../features.ts";
import { avx512, type NativeOp } from "../target.ts";
import { compileX64 } from "./lower.ts";

const product = kernel("tiles", { shapes: "ptr", a: "ptr", b: "ptr", out: "ptr", stride: "int" }, (k, p) => {
  const line = k.variable(k.constant("int", 64));
  k.tileConfig(p.shapes);
  k.tileZero(2);
  k.tileLoad(6, p.a, p.stride);
  k.tileLoad(7, p.b, line);
  k.tileDot(2, 6, 7);
  k.tileDot(2, 6, 7);
  k.tileStore(2, p.out, line, 256);
  k.tileRelease();
});

const productBf16 = kernel("tiles_bf16", { shapes: "ptr", a: "ptr", b: "ptr", out: "ptr" }, (k, p) => {
  const line = k.variable(k.constant("int", 64));
  k.tileConfig(p.shapes);
  k.tileLoad(2, p.out, line);
  k.tileLoad(6, p.a, line);
  k.tileLoad(7, p.b, line);
  k.tileDotBf16(2, 6, 7);
  k.tileStore(2, p.out, line);
  k.tileRelease();
});

const ROWS = 16;
const DEPTH = 32;
const STRIDE = 100;

/** @param rowBytes bytes of a row of the first operand: four of them are a row of the second. */
function shapes(view: DataView, rowBytes: number): void {
  view.setUint8(0, 1);
  for (const [tile, rows, bytes] of [
    [2, ROWS, 64],
    [6, ROWS, rowBytes],
    [7, rowBytes / 4, 64],
  ]) {
    view.setUint16(16 + 2 * tile, bytes, true);
    view.setUint8(48 + tile, rows);
  }
}

function has(op: NativeOp): boolean {
  try {
    return nativeTargets(openNative()).some(({ native }) => native.has(op));
  } catch {
    return false;
  }
}

describe.skipIf(!has("tiles"))("tiles (this machine must have AMX)", () => {
  it("multiply signed bytes exactly", () => {
    const native = openNative();
    using memory = native.allocate(1 << 14);
    const view = new DataView(memory.buffer);
    shapes(view, DEPTH);
    const [a, b, out] = [1024, 4096, 8192];
    for (let i = 0; i < ROWS * STRIDE; i++) view.setInt8(a + i, ((i * 37) % 256) - 128);
    for (let i = 0; i < DEPTH * 16; i++) view.setInt8(b + i, ((i * 59) % 256) - 128);
    const at = (offset: number) => memory.address + BigInt(offset);
    const block = 12288;
    writeArguments(product, view, block, { shapes: at(0), a: at(a), b: at(b), out: at(out), stride: STRIDE });
    const target = avx512({ tiles: true, convention: native.convention });
    using kernels = mapKernels(native, target, [product.build(target)]);
    kernels.run(0, at(block));
    for (let m = 0; m < ROWS; m++) {
      for (let n = 0; n < 16; n++) {
        let sum = 0;
        for (let k = 0; k < DEPTH; k++)
          sum += view.getInt8(a + m * STRIDE + k) * view.getInt8(b + (k >> 2) * 64 + 4 * n + (k & 3));
        expect(view.getInt32(out + 256 + 64 * m + 4 * n, true)).toBe(2 * sum);
      }
    }
  });
});

describe.skipIf(!has("tilesBf16"))("tiles of bf16 (this machine must have AMX-BF16)", () => {
  it("add products to the sums", () => {
    const native = openNative();
    using memory = native.allocate(1 << 14);
    const view = new DataView(memory.buffer);
    shapes(view, 64);
    const [a, b, out] = [1024, 4096, 8192];
    const value = (at: number) => bf16ToF32(view.getUint16(at, true));
    for (let i = 0; i < 512; i++) {
      view.setUint16(a + 2 * i, f32ToBf16(Math.sin(i)), true);
      view.setUint16(b + 2 * i, f32ToBf16(Math.cos(3 * i)), true);
    }
    for (let i = 0; i < 256; i++) view.setFloat32(out + 4 * i, i / 100, true);
    const at = (offset: number) => memory.address + BigInt(offset);
    writeArguments(productBf16, view, 12288, { shapes: at(0), a: at(a), b: at(b), out: at(out) });
    const target = avx512({ bf16: true, tiles: true, tilesBf16: true, convention: native.convention });
    using kernels = mapKernels(native, target, [productBf16.build(target)]);
    kernels.run(0, at(12288));
    for (let m = 0; m < ROWS; m++) {
      for (let n = 0; n < 16; n++) {
        let sum = (16 * m + n) / 100;
        for (let k = 0; k < 32; k++)
          sum += value(a + 64 * m + 2 * k) * value(b + 64 * (k >> 1) + 4 * n + 2 * (k & 1));
        expect(view.getFloat32(out + 64 * m + 4 * n, true)).toBeCloseTo(sum, 5);
      }
    }
  });
});

describe("encoding of tile instructions", () => {
  it("equals the one of binutils", () => {
    const target = avx512({ tiles: true });
    const code = Buffer.from(compileX64(product.build(target), target).bytes).toString("hex");
    expect(code).toContain("c4e27b49d0"); // tilezero tmm2
    expect(code).toContain("c4e2435ed6"); // tdpbssd tmm2, tmm6, tmm7
    expect(code).toContain("c4e27849c0"); // tilerelease
  });

  it("of bf16 equals the one of binutils", () => {
    const target = avx512({ tiles: true, tilesBf16: true });
    const code = Buffer.from(compileX64(productBf16.build(target), target).bytes).toString("hex");
    expect(code).toContain("c4e2425cd6"); // tdpbf16ps tmm2, tmm6, tmm7
  });

  it("is refused on targets without tiles", () => {
    expect(() => product.build(avx512())).toThrow("has no tiles");
    expect(() => productBf16.build(avx512({ tiles: true }))).toThrow("has no tiles of bf16");
  });
});
