/**
 * A table that a program writes, as training writes weights. Reads after the write see the new content, in the same run
 * and in the next, on every backend. No earlier copy of it may be used.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { availableBackends } from "../../../test/support/backends.ts";
import { Graph } from "../graph/graph.ts";
import { gatherRows } from "../graph/ops/gather-rows.ts";
import { kvWrite } from "../graph/ops/paged-attention.ts";
import type { Backend, Program } from "./backend.ts";

const [ROWS, COLUMNS] = [8, 16];

describe.each(await availableBackends())("$name", ({ start }) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await start(2);
  });
  afterAll(() => backend.dispose());

  /** Writes two rows, then reads three rows of the table. */
  async function program(): Promise<Program> {
    const graph = new Graph();
    const table = graph.state("table", [ROWS, COLUMNS], "F32");
    const rows = graph.input("rows", [2, COLUMNS], "F32");
    const slots = graph.input("slots", [2], "I32", ROWS);
    // With one head, the values of a page have the layout of a plain matrix.
    const written = kvWrite(table, rows, slots, { holds: "values", headDim: COLUMNS, pageSize: ROWS });
    const read = gatherRows(written, graph.input("wanted", [3], "I32", ROWS));
    const states = new Map([["table", backend.createState([ROWS, COLUMNS], "F32")]]);
    return backend.compile({ graph, outputs: { read } }, { params: new Map(), states });
  }

  const filled = (...values: number[]): Float32Array =>
    Float32Array.from(values.flatMap((value) => new Array<number>(COLUMNS).fill(value)));

  it("reads what it has written, in the same run and in the next", async () => {
    using compiled = await program();
    const run = async (rows: Float32Array, slots: number[], wanted: number[]) => {
      const inputs = { rows, slots: Int32Array.from(slots), wanted: Int32Array.from(wanted) };
      return (await compiled.run(inputs, {})).read.slice();
    };
    expect(await run(filled(1, 2), [3, 5], [3, 5, 0])).toEqual(filled(1, 2, 0));
    expect(await run(filled(7, 9), [5, 0], [3, 5, 0])).toEqual(filled(1, 7, 9));
  });
});
