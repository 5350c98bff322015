/**
 * Cria in a browser page: the same library, and functions to register the files that it can open.
 *
 *     import { load, registerFile } from "cria/browser";
 *     registerFile("model.gguf", new Uint8Array(await (await fetch("model.gguf")).arrayBuffer()));
 *     const model = await load("model.gguf");
 *
 * Threads require a page served with the headers Cross-Origin-Opener-Policy: same-origin and
 * Cross-Origin-Embedder-Policy: require-corp; without them Cria uses one thread, and `model.warnings` says so.
 */
export * from "./index.ts";
export { registerFile, unregisterFile } from "./platform/browser.ts";
