/**
 * Stands between the page and its server: it sends the events of an answer one by one, as slowly as a test wants, so that
 * something can happen in the middle of an answer. Answers go on to the end of the context: the tests' model has random
 * weights and would end anywhere.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SlowProxy extends AsyncDisposable {
  readonly url: string;
  /** Milliseconds between two events. */
  pace: number;
  /** Bytes of bodies that it has sent. */
  sentBytes: number;
  /** Ends all connections at once, as a server that is killed does. */
  cut(): void;
}

/** @param target port of the server on this machine. */
export async function slowProxy(target: () => number): Promise<SlowProxy> {
  const proxy = createServer((asked, answer) => void forward(asked, answer));

  async function forward(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bodyOf(asked);
    const { method = "GET", url: path = "/", headers } = asked;
    const onward = request({
      port: target(),
      host: "127.0.0.1",
      method,
      path,
      headers: { ...headers, "content-length": body.length },
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    onward.on("response", async (found) => {
      answer.writeHead(found.statusCode ?? 500, found.headers);
      const isStream = String(found.headers["content-type"]).startsWith("text/event-stream");
      found.on("error", () => answer.destroy());
      try {
        for await (const chunk of found) {
          made.sentBytes += chunk.length;
          if (!isStream) answer.write(chunk);
          else
            for (const event of String(chunk).split(/(?<=\n\n)/)) {
              answer.write(event);
              if (made.pace > 0) await new Promise((resolve) => setTimeout(resolve, made.pace));
            }
        }
        answer.end();
      } catch {
        answer.destroy();
      }
    });
    onward.end(body);
  }

  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const made: SlowProxy = {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    pace: 0,
    sentBytes: 0,
    cut: () => proxy.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
  return made;
}

async function bodyOf(asked: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of asked) parts.push(part);
  const body = Buffer.concat(parts);
  if (asked.url !== "/v1/chat/completions") return body;
  return Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), ignore_eos: true }));
}
