/** The model that comes with the package; models/README.md describes it. */
export const SHIPPED_MODEL = "cria-chat-q8_0.gguf";
