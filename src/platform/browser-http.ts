/** HTTP in a web page: `fetch`, which follows redirects and drops credentials where they lead to another origin. */
import type { Http, HttpAnswer } from "./http.ts";

export const browserHttp: Http = {
  followsRedirects: true,
  async send({ url, method = "GET", headers = {}, signal }) {
    const response = await fetch(url, {
      method,
      headers,
      credentials: "omit",
      ...(signal === undefined ? {} : { signal }),
    });
    return answerOf(response);
  },
};

function answerOf(response: Response): HttpAnswer {
  return {
    status: response.status,
    url: response.url,
    header: (name) => response.headers.get(name) ?? undefined,
    body: chunksOf(response.body),
    discard: () => void response.body?.cancel().catch(() => {}),
  };
}

/** Streams are not iterable in every browser. */
async function* chunksOf(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (stream === null) return;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
