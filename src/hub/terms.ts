/**
 * The terms of a model: licence and card of its repository, shown before its first run. What was accepted is remembered
 * by content, so changed terms are shown again and the same terms of another repository are not.
 */
import { platform } from "#platform";
import { RequestError } from "../base/errors.ts";
import { isOpenLicence } from "./obligations.ts";
import type { HubSettings } from "./settings.ts";
import { changeNotes, readNotes } from "./store/notes.ts";

export interface Terms {
  /** The repository. */
  readonly id: string;
  /** As the card states it: "apache-2.0", "llama3.2"; undefined if it states none. */
  readonly license: string | undefined;
  readonly title: string | undefined;
  readonly link: string | undefined;
  /** Texts of the files of licence. */
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  /** The card without its front matter. */
  readonly card: string;
  /** SHA-256 of licence, title, link and texts. */
  readonly digest: string;
}

/** True accepts, false refuses; a function is asked, except for open licences. Without it, only those are accepted. */
export type AcceptLicence = boolean | ((terms: Terms) => boolean | Promise<boolean>);

const MAX_TEXT_BYTES = 1 << 20;
const LICENCE_FILE = /^(LICEN[CS]E|USE_POLICY|ACCEPTABLE_USE|NOTICE)/i;

/** @param folder of the repository's files, of which `names` are there. */
export async function readTerms(id: string, folder: string, names: readonly string[]): Promise<Terms> {
  const read = (name: string) => platform.disk.readText(platform.join(folder, name), MAX_TEXT_BYTES);
  const readme = names.includes("README.md") ? ((await read("README.md")) ?? "") : "";
  const [, front = "", card = readme] = /^---\r?\n(.*?)\r?\n---\r?\n?(.*)$/s.exec(readme) ?? [];
  const field = (key: string): string | undefined =>
    new RegExp(`^${key}:[ \\t]*["']?([^"'\\r\\n]{1,200}?)["']?[ \\t]*$`, "m").exec(front)?.[1];
  const files = names.filter((name) => LICENCE_FILE.test(name) && !name.includes("/")).sort();
  const texts = await Promise.all(files.map(async (name) => ({ name, text: (await read(name)) ?? "" })));
  const license = field("license");
  const title = field("license_name");
  const link = field("license_link");
  const hash = platform.hash("sha256");
  const parts = [license ?? "", title ?? "", link ?? "", ...texts.map(({ text }) => text)];
  hash.update(new TextEncoder().encode(JSON.stringify(parts)));
  return { id, license, title, link, texts, card: card.trim(), digest: hash.digest() };
}

/** The licence in a few words. */
export function describeLicence({ license, title, texts }: Terms): string {
  if (license !== undefined && license !== "other") return license;
  return title ?? (texts.length === 0 ? "no licence stated" : `its own licence (${texts[0].name})`);
}

/** @throws RequestError unless the terms are open, were accepted before, or are accepted now. */
export async function requireAcceptance(
  terms: Terms,
  accept: AcceptLicence | undefined,
  settings: HubSettings,
): Promise<void> {
  const notes = await readNotes(settings);
  if (notes.licences[terms.digest] !== undefined) return;
  const isOpen = accept !== false && isOpenLicence(terms.license);
  const accepted = isOpen || (typeof accept === "function" ? await accept(terms) : accept === true);
  if (!accepted) throw notAccepted(terms);
  const entry = { at: new Date().toISOString(), reference: terms.id };
  await changeNotes(settings, ({ licences, ...rest }) => ({
    ...rest,
    licences: { ...licences, [terms.digest]: entry },
  }));
}

function notAccepted(terms: Terms): RequestError {
  return new RequestError({
    doing: `use "${terms.id}"`,
    expected: "its licence to be accepted first",
    found: describeLicence(terms),
    fix: "read it, then repeat the command with --accept-licence (in a program: acceptLicence)",
  });
}
