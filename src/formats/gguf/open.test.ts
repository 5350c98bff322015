import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rawGguf, text, u32 } from "../../../test/fuzz/raw-gguf.ts";
import { type ByteSource, bufferSource } from "../../base/bytes.ts";
import { FileError, FormatError } from "../../base/errors.ts";
import { openFile } from "../../platform/node.ts";
import { openGguf } from "./open.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-gguf-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** 40 GiB with a header of some kilobytes; sparse, so it takes no disk space. */
function hugeFile(): { path: string; dataOffset: number; layers: number; tensorBytes: number } {
  const layers = 80;
  const tensorBytes = 2 ** 29;
  const tensors = Array.from({ length: layers }, (_, i) => ({
    name: `blk.${i}.ffn_up.weight`,
    dims: [2 ** 14, 2 ** 14],
    type: 1,
    offset: i * tensorBytes,
  }));
  const head = rawGguf({ metadata: [["general.architecture", 8, text("llama")]], tensors });
  const path = join(folder, "huge.gguf");
  const fd = openSync(path, "w");
  writeSync(fd, head);
  ftruncateSync(fd, head.byteLength + layers * tensorBytes);
  writeSync(fd, Uint8Array.of(1, 2, 3), 0, 3, head.byteLength + layers * tensorBytes - 3);
  closeSync(fd);
  return { path, dataOffset: head.byteLength, layers, tensorBytes };
}

describe("openGguf", () => {
  it.each([true, false])("opens 40 GiB by reading only the header (mapped: %s)", (map) => {
    const { path, dataOffset, layers, tensorBytes } = hugeFile();
    const inner = openFile(path, { map });
    let handedOut = 0;
    const counted: ByteSource = {
      ...inner,
      bytes: (offset, length) => {
        handedOut += length;
        return inner.bytes(offset, length);
      },
    };
    using file = openGguf(counted);
    expect(handedOut).toBeLessThan(1 << 18);
    expect(file.tensors.size).toBe(layers);
    const last = file.tensors.get(`blk.${layers - 1}.ffn_up.weight`)!;
    expect(last).toMatchObject({ byteLength: tensorBytes, offset: dataOffset + (layers - 1) * tensorBytes });
    if (inner.mapped) expect([...last.bytes().subarray(-4)]).toEqual([0, 1, 2, 3]);
  });

  it("gives addresses of mapped tensors, and none after dispose", () => {
    const path = join(folder, "small.gguf");
    writeFileSync(path, rawGguf({ tensors: [{ name: "t", dims: [8] }], data: new Uint8Array(32) }));
    const file = openGguf(path);
    const tensor = file.tensors.get("t")!;
    const [source] = file.sources;
    const wanted = source.address === undefined ? undefined : source.address + BigInt(tensor.offset);
    expect(source.mapped).toBe(source.address !== undefined);
    expect(tensor.address).toBe(wanted);
    file.dispose();
    expect(tensor.address).toBeUndefined();
    expect(() => tensor.bytes()).toThrow(FileError);
  });

  it("closes what it opened when the file is refused", () => {
    let disposed = 0;
    const watched = (bytes: Uint8Array, name: string): ByteSource => ({
      ...bufferSource(bytes, name),
      dispose: () => {
        disposed++;
      },
    });
    expect(() => openGguf(watched(new Uint8Array(100), "x.gguf"))).toThrow(FormatError);
    expect(disposed).toBe(1);
    const shard = (index: number) =>
      rawGguf({
        metadata: [
          ["split.no", 4, u32(index)],
          ["split.count", 4, u32(3)],
        ],
      });
    const open = (path: string) => {
      if (path.includes("-00003-of"))
        throw new FileError({ doing: `open "${path}"`, found: "there is no such file" });
      return watched(shard(path.includes("-00001-of") ? 0 : 1), path);
    };
    expect(() => openGguf("m-00001-of-00003.gguf", { open })).toThrow(/m-00003-of-00003.gguf/);
    expect(disposed).toBe(3);
  });

  it("refuses a count of shards that no name can express", () => {
    const bytes = rawGguf({
      metadata: [
        ["split.no", 4, u32(0)],
        ["split.count", 4, u32(0xffffffff)],
      ],
    });
    expect(() => openGguf(bufferSource(bytes, "m-00001-of-00003.gguf"))).toThrow(FormatError);
  });
});
