/** HTTP as the hub uses it: one request, one answer, whose body is read piece by piece. */

export interface HttpRequest {
  readonly url: string;
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Where the answer comes from: another address than the request's if redirects were followed. */
  readonly url: string;
  /** Undefined if absent, or hidden from a web page. */
  header(name: string): string | undefined;
  /** May be read once. Leaving the loop ends the transfer. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the transfer without reading the body. */
  discard(): void;
}

export interface Http {
  /** Whether `send` follows redirects itself. A web page cannot see where they lead. */
  readonly followsRedirects: boolean;
  /** Rejects with the system's error if no answer arrives, or with the signal's reason. */
  send(request: HttpRequest): Promise<HttpAnswer>;
}
