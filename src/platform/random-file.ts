/** Files that are read and written at any offset: downloads whose parts arrive in any order. */

export interface RandomFile extends AsyncDisposable {
  readonly path: string;
  byteLength(): Promise<number>;
  /** At most `length` bytes from `offset`: fewer at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Writes all of `bytes`. Bytes between the end of the file and `offset` become zero. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  setByteLength(byteLength: number): Promise<void>;
  /** Returns when all written bytes are on the disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface RandomFileOptions {
  /** Opens for writing too, and creates the file if it does not exist. A link is refused. */
  readonly write?: boolean;
}
