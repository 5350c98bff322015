/** Connections over TCP. Absent in browsers. */

/** Where the other end of a connection is. `host` is a name or an IPv4 or IPv6 address without brackets. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

export interface TcpHandlers {
  data(bytes: Uint8Array): void;
  /** The bytes that waited to be sent are with the system. */
  drained?(): void;
  /** Called once; `cause` is absent if the connection ended regularly. */
  closed(cause?: Error): void;
}

export interface TcpConnection extends Disposable {
  readonly remote: TcpAddress;
  /** Number of bytes that were written but not yet accepted by the system. */
  readonly waiting: number;
  /** Starts reading. Must be called once; until then nothing is read. */
  start(handlers: TcpHandlers): void;
  /** Has no effect on a closed connection. */
  write(bytes: Uint8Array): void;
  /** Closes the connection at once; bytes that wait are lost. `closed` is called if it was started. */
  dispose(): void;
}

export interface TcpServer extends AsyncDisposable {
  readonly address: TcpAddress;
  /** Accepts no more connections. Those that were accepted stay open. */
  close(): Promise<void>;
}

export interface TcpPlatform {
  /** @throws NetworkError if there is no connection after `timeoutMs`; the signal's reason after an abort. */
  connect(
    address: TcpAddress,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<TcpConnection>;
  /** Listens on all interfaces unless a host is given; port 0 takes a free one. Throws NetworkError. */
  listen(
    options: { readonly port: number; readonly host?: string },
    accept: (connection: TcpConnection) => void,
  ): Promise<TcpServer>;
}
