/**
 * Names that come from servers and become names of files. A name that could leave its folder, or that some system
 * cannot store, is refused everywhere, so that a store can move between systems.
 */

const MAX_PART_BYTES = 255;
const MAX_NAME_BYTES = 1024;
/** Devices of Windows, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(\.|$)/i;
/** Forbidden in names on Windows; the backslash also separates folders there. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\u0000-\u001f\u007f"*:<>?|\\]/;

const byteLength = (text: string): number => new TextEncoder().encode(text).byteLength;

/** Whether a relative name with slashes stays in its folder, on every system. */
export function isSafeName(name: string): boolean {
  if (name === "" || byteLength(name) > MAX_NAME_BYTES || /\p{Surrogate}/u.test(name)) return false;
  return name.split("/").every(isSafePart);
}

function isSafePart(part: string): boolean {
  return (
    part !== "" &&
    part !== "." &&
    part !== ".." &&
    !FORBIDDEN.test(part) &&
    !/[. ]$/.test(part) &&
    !DEVICE.test(part) &&
    byteLength(part) <= MAX_PART_BYTES
  );
}

/** Owner and name of a repository: `owner/name`, or a name alone (huggingface_hub, validate_repo_id). */
export function isRepositoryId(id: string): boolean {
  return (
    /^[\w.-]{1,96}(\/[\w.-]{1,96})?$/.test(id) &&
    !/--|\.\.|\.git$/.test(id) &&
    id.split("/").every((part) => !/^[-.]|[-.]$/.test(part)) &&
    isSafeName(id)
  );
}

/** A branch, a tag, a commit or refs/pr/1. */
export function isRevision(revision: string): boolean {
  return isSafeName(revision) && !/\s|[~^[@]|\.\.|\/\/|\.lock$/.test(revision);
}

/** The name of a commit. */
export const isCommit = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);
