/** Precisions of products. A separate file, so that the help of a command can list them without loading more. */

/** Precisions to which the operands of a product can be rounded. */
export const MATMUL_PRECISIONS = ["f32", "bf16"] as const;
export type MatmulPrecision = (typeof MATMUL_PRECISIONS)[number];
