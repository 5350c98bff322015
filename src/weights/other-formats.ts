/** Readers of all formats but GGUF. Apart, so that a process that opens only GGUF files need not load them. */
export { openLlama2c } from "../formats/llama2c/read.ts";
export { openMetaFolder } from "../formats/pth/meta-folder.ts";
export { openPth, openShardedPth } from "../formats/pth/read.ts";
export { openSafetensors, openShardedSafetensors } from "../formats/safetensors/read.ts";
export { paramsInPickle } from "./pickled-params.ts";
