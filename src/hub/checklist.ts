/** Meta's checklist.chk: lines of an MD5 sum and a file's name, as `md5sum --check` reads them. */
import { platform } from "#platform";
import { isSafeName } from "./safe-names.ts";

const MAX_LIST_BYTES = 1 << 20;

export interface FailedCheck {
  readonly list: string;
  readonly name: string;
}

/**
 * @param names of the files in `folder` that count; lists among them are applied to the others.
 * @returns the first file whose sum differs, or undefined.
 */
export async function verifyChecklist(
  folder: string,
  names: readonly string[],
): Promise<FailedCheck | undefined> {
  for (const list of names.filter((name) => name.endsWith("checklist.chk"))) {
    const text =
      (await platform.disk.readText(platform.join(folder, ...list.split("/")), MAX_LIST_BYTES)) ?? "";
    const prefix = list.slice(0, list.lastIndexOf("/") + 1);
    for (const line of text.split("\n")) {
      const [, sum, file] = /^([0-9a-f]{32})\s+\*?(.+?)\s*$/i.exec(line) ?? [];
      const name = prefix + (file ?? "");
      if (sum === undefined || !isSafeName(name) || !names.includes(name)) continue;
      if ((await md5Of(platform.join(folder, ...name.split("/")))) !== sum.toLowerCase())
        return { list, name };
    }
  }
  return undefined;
}

async function md5Of(path: string): Promise<string> {
  const hash = platform.hash("md5");
  for await (const chunk of platform.disk.read(path)) hash.update(chunk);
  return hash.digest();
}
