import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { compiledModulesFolder, keepCompiledModules } from "./compiled-modules.ts";

const root = mkdtempSync(join(tmpdir(), "cria-compiled-"));
afterAll(() => rmSync(root, { recursive: true }));
const temporaryFolder = (): string => mkdtempSync(join(root, "folder-"));

const isPosix = process.getuid !== undefined;

describe("the folder for bytecode", () => {
  it("lies in the user's folder for caches", () => {
    expect(compiledModulesFolder({ XDG_CACHE_HOME: "/caches" })).toBe(join("/caches", "cria", "compiled"));
    const usual = join(homedir(), ".cache", "cria", "compiled");
    expect(compiledModulesFolder({})).toBe(usual);
    for (const unusable of ["", "caches", "./caches"])
      expect(compiledModulesFolder({ XDG_CACHE_HOME: unusable })).toBe(usual);
  });

  it("is created for its owner alone, and given to Node", () => {
    const folder = join(temporaryFolder(), "a", "b");
    const enable = vi.fn();
    keepCompiledModules({ enableCompileCache: enable }, () => folder);
    keepCompiledModules({ enableCompileCache: enable }, () => folder);
    expect(enable.mock.calls).toEqual([[folder], [folder]]);
    if (isPosix) expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it("is not created if Node cannot keep bytecode", () => {
    const folder = join(temporaryFolder(), "a");
    keepCompiledModules({}, () => folder);
    expect(existsSync(folder)).toBe(false);
  });

  it.skipIf(!isPosix).each([0o777, 0o770, 0o702])("is not used if its mode is %o", (mode) => {
    const folder = join(temporaryFolder(), "open");
    mkdirSync(folder);
    chmodSync(folder, mode);
    const enable = vi.fn();
    keepCompiledModules({ enableCompileCache: enable }, () => folder);
    expect(enable).not.toHaveBeenCalled();
  });

  it.skipIf(!isPosix)("is not used if somebody else owns it", () => {
    const folder = temporaryFolder();
    const owner = vi.spyOn(process, "getuid").mockReturnValue(statSync(folder).uid + 1);
    const enable = vi.fn();
    keepCompiledModules({ enableCompileCache: enable }, () => folder);
    owner.mockRestore();
    expect(enable).not.toHaveBeenCalled();
  });

  it.skipIf(!isPosix)("is not used if it is a link", () => {
    const folder = temporaryFolder();
    const link = join(folder, "link");
    mkdirSync(join(folder, "real"));
    symlinkSync(join(folder, "real"), link);
    const enable = vi.fn();
    keepCompiledModules({ enableCompileCache: enable }, () => link);
    expect(enable).not.toHaveBeenCalled();
  });

  it("may be impossible to create: nothing happens", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const enable = vi.fn();
    keepCompiledModules({ enableCompileCache: enable }, () => join(file, "below"));
    keepCompiledModules({ enableCompileCache: enable }, () => {
      throw new Error("no home");
    });
    expect(enable).not.toHaveBeenCalled();
  });
});
