/**
 * Decodes packed quantised weights to floats, transposed. A vector of codes has one row of the weight in each lane, so the
 * four columns of a word are four vectors, which are stored as they are: out[column][row …].
 */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import { wholeOrMasked } from "../../lanes.ts";
import { constant, forEachTask, input, int, type Launch, oneForEach, output, tasks } from "../../launch.ts";
import { groupBlockBytes } from "../layout/interleave.ts";
import { runsOf } from "../quantised/code-sources.ts";
import { rowsTogether } from "../quantised/cut.ts";
import {
  groupsTogether,
  PackedBlock,
  PackedFields,
  type QuantisedType,
  RUN,
  RUN_WORDS,
  staysInPlace,
} from "../quantised/types/block-type.ts";

const PARAMETERS = {
  weight: "ptr",
  out: "ptr",
  grid: "ptr",
  tasks: "ptr",
  rows: "int",
  blocks: "int",
} as const;
type P = Arguments<typeof PARAMETERS>;

/** Bytes of a word of codes. */
const WORD_CODES = 4;

/** Scale and offset of a part of a run, so that a value is scale · (code − centre) + offset. */
interface Factors {
  readonly scale: Value<"f32v">;
  readonly offset: Value<"f32v"> | undefined;
}

/** Undoes what the scales and offsets of products include; see `RunScales` and `QuantisedType.offset`. */
function factorsOf(block: PackedBlock, run: number): readonly Factors[] {
  const { k, type } = block;
  const { scales, offsets } = type.scales(block, run);
  const inPlace = staysInPlace(type, k.target) ? 256 : 1;
  const sign = (type.offset === "subtracted" ? -1 : 1) * (type.parts === 2 ? -128 : 1);
  return scales.map((scale, part) => ({
    scale: inPlace === 1 ? scale : k.mul(scale, inPlace),
    offset: offsets === undefined ? undefined : k.mul(offsets[part], sign),
  }));
}

/** Decodes one run of a group; `store` gets the values of each column of the run. */
function decodeRun(
  block: PackedBlock,
  run: number,
  store: (column: number, values: Value<"f32v">) => void,
): void {
  const { k, type, lift } = block;
  const centre = type.centred ? 2 ** (type.bits - 1 + lift) : 0;
  const factors = factorsOf(block, run);
  for (let step = 0; step < type.steps; step++)
    for (const [word, codes] of type.codes(block, run, step)) {
      const { scale, offset } = factors[Math.floor((word * type.parts) / RUN_WORDS)];
      const bytes = k.as("i32v", codes);
      for (let i = 0; i < WORD_CODES; i++) {
        const code = k.and(i === 0 ? bytes : k.shr(bytes, 8 * i), 0xff);
        const float = k.toF32(centre === 0 ? code : k.sub(code, centre));
        store(
          WORD_CODES * word + i,
          offset === undefined ? k.mul(float, scale) : k.fma(float, scale, offset),
        );
      }
    }
}

/** Decodes one of the interleaved groups. Lanes beyond the last row are not written. */
function decodeGroup(
  k: KernelBuilder,
  type: QuantisedType,
  p: P,
  at: Operand<"ptr">,
  member: number,
  row: Operand<"int">,
): void {
  const { blockLength } = dtypeInfo(type.dtype);
  const from: Variable<"ptr"> = k.variable(at);
  const to = k.variable(k.offset(p.out, k.shl(row, 2)));
  const columnBytes = k.variable(k.shl(p.rows, 2));
  const left = k.sub(p.rows, row);
  wholeOrMasked(k, left, 1, ([mask]) =>
    k.loop(0, p.blocks, 1, () => {
      const block = new PackedBlock(k, type, new PackedFields(k, type, from, member), p.grid);
      for (let run = 0; run < runsOf(type); run++)
        decodeRun(block, run, (column, values) => {
          const place = k.mul(columnBytes, RUN * run + column);
          k.store(k.offset(to, place), values, { mask });
        });
      k.advance(from, groupsTogether(k.target) * groupBlockBytes(type.dtype, k.lanes));
      k.advance(to, k.mul(columnBytes, blockLength));
    }),
  );
}

const decodeKernel = oneForEach((type: QuantisedType): Kernel => {
  return kernel(`decode_${type.dtype.toLowerCase()}`, PARAMETERS, (k, p) => {
    const together = rowsTogether(k.target);
    const bytes = (): Value<"int"> =>
      k.mul(p.blocks, groupsTogether(k.target) * groupBlockBytes(type.dtype, k.lanes));
    forEachTask(k, p.tasks, k.div(k.add(p.rows, together - 1), together), (task) => {
      for (let member = 0; member < groupsTogether(k.target); member++) {
        const row = k.add(k.mul(task, together), member * k.lanes);
        decodeGroup(k, type, p, k.offset(p.weight, k.mul(task, bytes())), member, row);
      }
    });
  }) as unknown as Kernel;
});

export function quantisedDecoding(type: QuantisedType, rows: number, columns: number): Launch {
  return {
    kernel: decodeKernel(type),
    arguments: {
      weight: input(0),
      out: output,
      grid: type.grid === undefined ? output : constant(type.grid.table),
      tasks,
      rows: int(rows),
      blocks: int(columns / dtypeInfo(type.dtype).blockLength),
    },
  };
}
