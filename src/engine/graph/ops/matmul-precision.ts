/** Precisions of products. A table alone, so that the help of a command can name them at once. */

/** What the operands of a product are rounded to. */
export const MATMUL_PRECISIONS = ["f32", "bf16"] as const;
export type MatmulPrecision = (typeof MATMUL_PRECISIONS)[number];
