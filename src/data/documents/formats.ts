/** The formats of documents. */
export const DOCUMENT_FORMATS = ["text", "jsonl", "parquet"] as const;
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];
