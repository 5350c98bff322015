/**
 * Numbers for the strings that take part in merges. A piece has its id; another string that occurs in a merge
 * (an intermediate step, a single character) has a number after the vocabulary.
 */
import { TextTable } from "./text-table.ts";
import { PIECE, type Vocabulary } from "./vocabulary.ts";

export class SymbolTable extends TextTable {
  readonly vocabSize: number;

  /**
   * Includes only pieces that text can become: control, unknown and byte pieces never result from a merge. Text becomes the
   * first of equal pieces.
   */
  constructor({ pieces, types }: Pick<Vocabulary, "pieces" | "types">) {
    super(pieces, (id) => {
      const type = types[id];
      return type === PIECE.normal || type === PIECE.userDefined || type === PIECE.unused;
    });
    this.vocabSize = pieces.length;
  }
}
