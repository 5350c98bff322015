import { describe, expect, it } from "vitest";
import { NetworkError } from "../base/errors.ts";
import { tcp } from "./node-tcp.ts";
import type { TcpConnection } from "./tcp.ts";

const LOCAL = "127.0.0.1";

/** The text that a connection receives until it ends. */
function receive(connection: TcpConnection): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    connection.start({
      data: (bytes) => {
        text += new TextDecoder().decode(bytes);
      },
      closed: () => resolve(text),
    });
  });
}

describe("tcp", () => {
  it("carries bytes both ways, and reads nothing before start", async () => {
    let accept: (connection: TcpConnection) => void = () => {};
    const accepted = new Promise<TcpConnection>((resolve) => {
      accept = resolve;
    });
    await using server = await tcp.listen({ port: 0, host: LOCAL }, (connection) => accept(connection));
    using client = await tcp.connect({ host: LOCAL, port: server.address.port }, { timeoutMs: 5000 });
    client.write(new TextEncoder().encode("question"));
    const connection = await accepted;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const heard = new Promise<string>((resolve) => {
      connection.start({
        data: (bytes) => {
          connection.write(new TextEncoder().encode("answer"));
          resolve(new TextDecoder().decode(bytes));
          setTimeout(() => connection.dispose(), 20);
        },
        closed() {},
      });
    });
    expect(await receive(client)).toBe("answer");
    expect(await heard).toBe("question");
  });

  it("reports a refused connection and a port in use in the user's terms", async () => {
    const server = await tcp.listen({ port: 0, host: LOCAL }, () => {});
    const { port } = server.address;
    await expect(tcp.listen({ port, host: LOCAL }, () => {})).rejects.toThrow(
      "another program uses the port",
    );
    await server.close();
    const refused = tcp.connect({ host: LOCAL, port }, { timeoutMs: 5000 });
    await expect(refused).rejects.toThrow(NetworkError);
    await expect(refused).rejects.toThrow(`Cannot connect to 127.0.0.1:${port}: nothing listens there`);
  });

  it("gives up on an abort with the signal's reason", async () => {
    const reason = new Error("enough");
    await expect(
      tcp.connect({ host: LOCAL, port: 9 }, { timeoutMs: 5000, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });
});
