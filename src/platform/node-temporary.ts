/**
 * Temporary files and folders next to their targets. They are removed when the process ends, also by a
 * signal. After a kill or a power failure, they are removed when the same target is written again.
 */
import { readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

const hex = (value: number): string => value.toString(16).padStart(8, "0");
/** Process ids are valid only on one machine, and folders may be shared. Not before it is needed: it loads `node:crypto`. */
let knownHost: string | undefined;
function hostId(): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  knownHost ??= createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
  return knownHost;
}
const NAME = /^([0-9a-f]{8})([0-9a-f]{8})[0-9a-f]{8}\.tmp$/;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const open = new Set<string>();

function removeAll(): void {
  for (const path of open) rmSync(path, { recursive: true, force: true });
  open.clear();
}

/** If there is no other listener, the signal ends the process, after the files have been removed. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  stopListening();
  process.kill(process.pid, signal);
}

function stopListening(): void {
  process.off("exit", removeAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function startListening(): void {
  process.on("exit", removeAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}

/** Removes files that ended processes of this machine left for the same target. */
function sweep(target: string): void {
  const prefix = `.${basename(target)}.`;
  let names: string[];
  try {
    names = readdirSync(dirname(target));
  } catch {
    return; // creating the new one will report the problem
  }
  for (const name of names) {
    const [, host, pid] = (name.startsWith(prefix) ? NAME.exec(name.slice(prefix.length)) : null) ?? [];
    if (host !== hostId() || isAlive(Number.parseInt(pid, 16))) continue;
    rmSync(join(dirname(target), name), { recursive: true, force: true });
  }
}

/** A free name next to the target. Creates nothing. */
export function temporaryName(target: string): string {
  sweep(target);
  const random = process.getBuiltinModule("node:crypto").randomBytes(4).toString("hex");
  const unique = `${hostId()}${hex(process.pid)}${random}`;
  return join(dirname(target), `.${basename(target)}.${unique}.tmp`);
}

/** Registers the path for removal when the process ends. */
export function keepTemporary(path: string): void {
  if (open.size === 0) startListening();
  open.add(path);
}

/** Unregisters a path that was removed or renamed. */
export function forgetTemporary(path: string): void {
  if (open.delete(path) && open.size === 0) stopListening();
}
