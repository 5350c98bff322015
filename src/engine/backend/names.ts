/** The backends that exist, best first. */
export const BACKEND_NAMES = ["avx512", "avx2", "wasm", "reference"] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];
