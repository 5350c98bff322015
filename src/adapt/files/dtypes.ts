/** Storage types of an adapter's matrices. */
export const ADAPTER_DTYPES = ["F32", "F16", "BF16"] as const;
export type AdapterDType = (typeof ADAPTER_DTYPES)[number];
