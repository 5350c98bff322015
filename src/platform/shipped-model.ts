/** The model that comes with the package: models/README.md says what it is. */
export const SHIPPED_MODEL = "cria-stories-q8_0.gguf";
