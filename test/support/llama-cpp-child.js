/**
 * Prints llama.cpp's raw logits after every token, as JSON: F32 cache, no flash attention, one thread. A file, because
 * node-llama-cpp starts processes with the arguments of its own.
 */
const [entry, request] = process.argv.slice(2);
const { model: modelPath, adapters, tokens } = JSON.parse(request);
const { getLlama } = await import(entry);
const llama = await getLlama({ gpu: false, build: "never", logLevel: "error", maxThreads: 1 });
const model = await llama.loadModel({ modelPath, useMmap: false });
const context = await model.createContext({
  contextSize: 64,
  flashAttention: false,
  experimentalKvCacheKeyType: "F32",
  experimentalKvCacheValueType: "F32",
  ...(adapters.length === 0 ? {} : { lora: { adapters } }),
});
const wanted = { generateNext: { logits: true, options: { temperature: 0 } } };
const output = await context.getSequence().controlledEvaluate(tokens.map((token) => [token, wanted]));
const rows = output.map(({ next }) => [...next.logits].sort(([a], [b]) => a - b).map(([, logit]) => logit));
process.stdout.write(`\n${JSON.stringify(rows)}\n`, () => process.exit(0));
