/** Reads the start of a file on a server as if it were here: what is missing is fetched, and the reading repeated. */
import type { ByteSource } from "../base/bytes.ts";
import type { CriaError } from "../base/errors.ts";
import { FormatError } from "../base/errors.ts";
import type { HttpAnswer } from "../platform/http.ts";
import { MissingBytes, nextPrefix, partialSource } from "./partial-source.ts";
import { type Client, readBody } from "./transfer/request.ts";
import { withRetries } from "./transfer/retry.ts";

export interface RemoteFile {
  readonly name: string;
  readonly byteLength: number;
  readonly url: string;
  readonly client: Client;
  readonly refusal: (answer: HttpAnswer) => CriaError;
}

/** Headers with large vocabularies have some 10 MB. */
const MAX_BYTES = 256 << 20;

/**
 * @param read may be called several times; it must not catch errors of the source.
 * @returns its result, and the bytes from the file's start that it needed.
 */
export async function readRemote<T>(
  file: RemoteFile,
  read: (source: ByteSource) => T,
  signal?: AbortSignal,
): Promise<{ readonly result: T; readonly prefix: Uint8Array }> {
  let prefix: Uint8Array = new Uint8Array(0);
  let wanted = nextPrefix(file.byteLength, 0);
  for (;;) {
    prefix = await extend(file, prefix, wanted, signal);
    try {
      return { result: read(prefixSource(file, prefix)), prefix };
    } catch (error) {
      if (!(error instanceof MissingBytes)) throw error;
      wanted = nextPrefix(file.byteLength, prefix.byteLength, error);
      if (wanted <= MAX_BYTES) continue;
      throw new FormatError({
        doing: `read the header of "${file.name}"`,
        expected: `at most ${MAX_BYTES} bytes`,
        found: "more",
        fix: "the file is damaged or hostile",
      });
    }
  }
}

function prefixSource({ name, byteLength }: RemoteFile, prefix: Uint8Array): ByteSource {
  return partialSource(
    name,
    byteLength,
    (_, end) => end <= prefix.byteLength,
    (offset, length) => prefix.subarray(offset, offset + length),
  );
}

async function extend(
  { url, client, refusal }: RemoteFile,
  prefix: Uint8Array,
  end: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const start = prefix.byteLength;
  return withRetries(
    async () => {
      const answer = await client.send({ url, headers: { range: `bytes=${start}-${end - 1}` }, signal });
      if (answer.status !== 206 && !(answer.status === 200 && start === 0)) {
        answer.discard();
        throw refusal(answer);
      }
      const more = await readBody(answer, MAX_BYTES);
      const whole = new Uint8Array(start + more.byteLength);
      whole.set(prefix);
      whole.set(more, start);
      return whole;
    },
    { signal },
  );
}
