export { describeHfFolder, type HfFolder } from "./folder.ts";
export {
  decodeUtf8,
  isJsonObject,
  type JsonLimits,
  type JsonObject,
  type JsonValue,
  readJsonObject,
  readJsonSource,
} from "./json.ts";
export { isPlainFileName, openIndexed, readWeightIndex, type WeightIndex } from "./weight-index.ts";
