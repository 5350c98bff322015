/**
 * Parquet: a text column, one document per row. Row groups are read one at a time, so a group's column must fit into
 * memory; its size is checked first.
 */
import type { AsyncBuffer, Compressors, FileMetaData, RowGroup } from "hyparquet/src/index.js";
import { type ByteSource, checkRange } from "../../base/bytes.ts";
import { CriaError, FormatError, UnsupportedError } from "../../base/errors.ts";
import { badDocument, decodeStrictly, type FoundDocument, notUtf8, type Place } from "./document.ts";

/** Largest column of a row group, uncompressed. */
const MAX_COLUMN_BYTES = 2 ** 31;
/** Most rows of a row group: a hostile file may claim any number. */
const MAX_ROWS = 2 ** 24;
/** Largest page, uncompressed; writers use about 1 MB. */
const MAX_PAGE_BYTES = 2 ** 29;

/** Documents of the first column among `fields`, one row group at a time. */
export async function* parquetDocuments(
  source: ByteSource,
  fields: readonly string[],
): AsyncGenerator<FoundDocument[]> {
  const { parquetMetadataAsync } = await import("hyparquet/src/index.js");
  const file = asyncBuffer(source);
  const metadata = await reading(source, () => parquetMetadataAsync(file, { geoparquet: false }));
  const field = columnOf(metadata, fields, source.name);
  let first = 0;
  for (const group of metadata.row_groups) {
    checkSize(group, field, source.name);
    const end = first + Number(group.num_rows);
    const values = await reading(source, () => readRows(file, metadata, { field, first, end }));
    yield values.map((value, i) => documentOf(value, field, { file: source.name, row: first + i }));
    first = end;
  }
}

/** Turns every error of hyparquet into a FormatError. */
async function reading<T>(source: ByteSource, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CriaError) throw error;
    throw new FormatError({
      doing: `read the Parquet file "${source.name}"`,
      found: error instanceof Error ? error.message : String(error),
      fix: "the file is damaged or not a Parquet file; fetch it again",
      cause: error,
    });
  }
}

function asyncBuffer(source: ByteSource): AsyncBuffer {
  return {
    byteLength: source.byteLength,
    slice(start, end = source.byteLength) {
      checkRange(source.name, source.byteLength, start, end - start);
      const bytes = source.bytes(start, end - start).slice();
      source.release?.(start, end - start);
      return bytes.buffer as ArrayBuffer;
    },
  };
}

/** The top-level columns are the children of the schema's first element. */
function columnOf({ schema }: FileMetaData, fields: readonly string[], file: string): string {
  const columns: string[] = [];
  for (let i = 1; i < schema.length; i += subtree(schema, i)) columns.push(schema[i].name);
  const field = fields.find((name) => columns.includes(name));
  if (field !== undefined) return field;
  throw new FormatError({
    doing: `read documents of "${file}"`,
    expected: `a column ${fields.map((name) => `"${name}"`).join(" or ")}`,
    found: `the columns ${columns.slice(0, 20).join(", ")}`,
    fix: "set the column that has the text (--field)",
  });
}

/** Elements of the schema that belong to the one at `at`, itself included. */
function subtree(schema: FileMetaData["schema"], at: number): number {
  let end = at + 1;
  for (let open = schema[at].num_children ?? 0; open > 0 && end < schema.length; open--)
    end += subtree(schema, end);
  return end - at;
}

function checkSize({ columns, num_rows }: RowGroup, field: string, file: string): void {
  const column = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === field);
  const size = column?.meta_data?.total_uncompressed_size ?? 0n;
  if (num_rows <= MAX_ROWS && size <= MAX_COLUMN_BYTES) return;
  throw new UnsupportedError({
    doing: `read the column "${field}" of "${file}"`,
    expected: `at most ${MAX_ROWS} rows and ${MAX_COLUMN_BYTES} bytes in a row group`,
    found: `${num_rows} rows, ${size} bytes`,
    fix: "write the file again with smaller row groups",
  });
}

interface Rows {
  readonly field: string;
  readonly first: number;
  readonly end: number;
}

/** Values of the column: strings, bytes that are not UTF-8, or values of other types. */
async function readRows(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { field, first, end }: Rows,
): Promise<unknown[]> {
  const { parquetRead } = await import("hyparquet/src/index.js");
  let values: unknown[] = [];
  await parquetRead({
    file,
    metadata,
    columns: [field],
    rowStart: first,
    rowEnd: end,
    compressors: await boundedCompressors(),
    geoparquet: false,
    parsers: { stringFromBytes: (bytes) => (bytes === undefined ? bytes : (decodeStrictly(bytes) ?? bytes)) },
    onComplete: (rows) => {
      values = rows.map(([value]) => value);
    },
  });
  return values;
}

async function boundedCompressors(): Promise<Compressors> {
  const { compressors } = await import("hyparquet-compressors");
  const { decompress } = await import("fzstd");
  const all: Compressors = {
    ...compressors,
    ZSTD: (input, length) => decompress(input, new Uint8Array(length)),
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, decode]) => [
      name,
      (input: Uint8Array, length: number) => {
        if (length <= MAX_PAGE_BYTES) return decode(input, length);
        throw new Error(`a page of ${length} bytes, more than ${MAX_PAGE_BYTES}`);
      },
    ]),
  );
}

function documentOf(value: unknown, field: string, place: Place): FoundDocument {
  if (typeof value === "string") return { kind: "document", text: value, place };
  if (value instanceof Uint8Array) return notUtf8(place);
  const found = value === null || value === undefined ? "no value" : typeof value;
  return badDocument(place, { expected: `text in "${field}"`, found, fix: "set another column (--field)" });
}
