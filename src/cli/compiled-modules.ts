/**
 * Node from 22.8 on can keep the bytecode of modules in a folder, so that the next process does not compile them again.
 * Cria has it do so in a folder of the user. Whoever can write there decides what runs, so a folder that others own or can
 * write to is not used; the folder for temporary files, which is Node's own choice, is shared. NODE_DISABLE_COMPILE_CACHE=1
 * turns it off.
 */
import { lstatSync, mkdirSync } from "node:fs";
import * as modules from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** The part of Node's module that is used here. */
interface NodeModules {
  /** Tells Node the folder. Absent before Node 22.8. */
  readonly enableCompileCache?: (folder: string) => unknown;
}

const OWN = 0o700;
const WRITABLE_BY_OTHERS = 0o022;

/** The folder for bytecode, in the user's folder for files that can be made again. A relative one is to be ignored. */
export function compiledModulesFolder({ XDG_CACHE_HOME }: NodeJS.ProcessEnv = process.env): string {
  const named = XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME);
  return join(named ? XDG_CACHE_HOME : join(homedir(), ".cache"), "cria", "compiled");
}

/** Whether the folder exists, or could be created, and nobody else can write to it. */
function isPrivate(folder: string): boolean {
  mkdirSync(folder, { recursive: true, mode: OWN });
  const status = lstatSync(folder);
  const owner = process.getuid?.();
  // Windows has no such owner; its folders of users are private.
  if (owner === undefined) return status.isDirectory();
  return status.isDirectory() && status.uid === owner && (status.mode & WRITABLE_BY_OTHERS) === 0;
}

/** Keeps bytecode from now on, if Node can. Nothing depends on it but time: without it modules are compiled as ever. */
export function keepCompiledModules(
  { enableCompileCache }: NodeModules = modules as NodeModules,
  folderOf: () => string = compiledModulesFolder,
): void {
  if (enableCompileCache === undefined) return;
  try {
    const folder = folderOf();
    if (isPrivate(folder)) enableCompileCache(folder);
  } catch {} // no home, or one that cannot be written to
}
