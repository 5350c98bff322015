/** A model's description in short, as plain data that can be sent anywhere: what a list of models shows. */
import type { ModelDescription } from "./inspect.ts";

export interface ModelAbout {
  /** The name that the file gives itself. */
  readonly title?: string;
  readonly format: string;
  readonly license?: string;
  readonly obligations?: readonly string[];
  readonly parameterCount?: number;
  readonly layers?: number;
  /** Tokens that the model was trained for. */
  readonly trainedContext?: number;
  readonly bitsPerWeight?: number;
  /** Storage types of the weights, largest share of bytes first. */
  readonly types: readonly {
    readonly dtype: string;
    readonly tensors: number;
    readonly byteLength: number;
  }[];
  readonly fileBytes: number;
  /** False if nobody can chat with it without naming a template. */
  readonly hasChatTemplate: boolean;
}

/** The short form of what `inspectModel` returns. */
export function aboutModel(description: ModelDescription): ModelAbout {
  const { name, format, license, obligations, parameterCount, config, bitsPerWeight, types } = description;
  return {
    ...(name === undefined ? {} : { title: name }),
    format,
    ...(license === undefined ? {} : { license }),
    ...(obligations === undefined ? {} : { obligations }),
    ...(parameterCount === undefined ? {} : { parameterCount }),
    ...(config === undefined ? {} : { layers: config.nLayers, trainedContext: config.maxSeqLen }),
    ...(bitsPerWeight === undefined ? {} : { bitsPerWeight }),
    types: types.map(({ dtype, tensorCount, byteLength }) => ({ dtype, tensors: tensorCount, byteLength })),
    fileBytes: description.byteLength,
    hasChatTemplate: description.chatTemplate !== undefined,
  };
}
