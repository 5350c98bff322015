/** The models of this browser: the one beside the page, and those that the person has added. */
import { Cell } from "../base/cell.ts";
import { fieldsOf } from "../settings/chat-settings.ts";
import { LOCAL_FOLDER, type ModelSource } from "./protocol.ts";

export interface ShelfModel {
  readonly name: string;
  readonly source: ModelSource;
  readonly byteLength?: number;
}

const KEY = "cria-models";
/** Name of the model beside the page. */
export const PACKAGE_MODEL = "cria-chat";
const OWN: ShelfModel = { name: PACKAGE_MODEL, source: { kind: "package" } };

function readStored(): ShelfModel[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.flatMap(readModel) : [];
  } catch {
    return [];
  }
}

function readModel(value: unknown): ShelfModel[] {
  const fields = fieldsOf(value);
  const source = fieldsOf(fields.get("source"));
  const [name, bytes, kind] = [fields.get("name"), fields.get("byteLength"), source.get("kind")];
  const told = source.get(kind === "file" ? "name" : "reference");
  if (typeof name !== "string" || typeof bytes !== "number" || typeof told !== "string") return [];
  if (kind === "file") return [{ name, byteLength: bytes, source: { kind, name: told } }];
  if (kind === "reference") return [{ name, byteLength: bytes, source: { kind, reference: told } }];
  return [];
}

export class Shelf {
  readonly models = new Cell<readonly ShelfModel[]>([OWN, ...readStored()]);

  find(name: string | undefined): ShelfModel {
    const [first, ...others] = this.models.value;
    return others.find((model) => model.name === name) ?? first;
  }

  add(model: ShelfModel): void {
    this.#set([...this.models.value.filter(({ name }) => name !== model.name), model]);
  }

  remove(name: string): void {
    this.#set(this.models.value.filter((model) => model.name !== name || model === OWN));
  }

  #set(models: readonly ShelfModel[]): void {
    this.models.value = models;
    const kept = models.filter(({ source }) => source.kind === "file" || source.kind === "reference");
    localStorage.setItem(KEY, JSON.stringify(kept));
  }

  /**
   * Puts a file of the person's disk on the shelf. It is kept if the browser has room for it.
   * @returns false if it is there only until the page is closed.
   */
  async addFile(file: File, report: (done: number) => void): Promise<boolean> {
    const name = file.name.replace(/\.gguf$/i, "");
    const isKept = await keep(file, report).catch(() => false);
    const source: ModelSource = isKept ? { kind: "file", name: file.name } : { kind: "memory", file };
    this.add({ name, source, byteLength: file.size });
    return isKept;
  }
}

async function keep(file: File, report: (done: number) => void): Promise<boolean> {
  await navigator.storage.persist?.();
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  if (quota - usage < file.size) return false;
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(LOCAL_FOLDER, { create: true });
  const writable = await (await folder.getFileHandle(file.name, { create: true })).createWritable();
  let done = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      done += chunk.byteLength;
      report(done);
      controller.enqueue(chunk);
    },
  });
  await file.stream().pipeThrough(counter).pipeTo(writable); // the file appears when all of it is there
  return true;
}

/** Removes a kept file. */
export async function removeKept(name: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(LOCAL_FOLDER, { create: true });
  await folder.removeEntry(name).catch(() => {});
}
