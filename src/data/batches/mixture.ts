/**
 * Chooses the source of the next row by Webster's method (Sainte-Laguë): the one with the least (taken + ½) / share.
 * After any number of rows each source has its share to within about one row. The numbers of rows taken are the only
 * state.
 */

/** Undefined if no source has more rows. @param taken rows of each source so far. @param able whether it has more. */
export function nextSource(
  shares: readonly number[],
  taken: readonly number[],
  able: (source: number) => boolean = () => true,
): number | undefined {
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let source = 0; source < shares.length; source++) {
    const turn = (taken[source] + 0.5) / shares[source];
    if (turn >= least || !able(source)) continue;
    best = source;
    least = turn;
  }
  return best;
}
