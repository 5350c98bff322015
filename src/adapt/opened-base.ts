/** An opened model as the base of adapters. */
import { bindParameters } from "../model/bind.ts";
import type { OpenedModel } from "../open/open-model.ts";
import { type BaseModel, fingerprint } from "./base-model.ts";

/** Its fingerprint is only taken where tensors are mapped: elsewhere it would read the whole file again. */
export function baseModelOf(opened: OpenedModel): BaseModel {
  const { checkpoint } = opened;
  const names = [checkpoint.card.name, checkpoint.path].filter((name) => name !== undefined);
  const isMapped = [...checkpoint.tensors.values()].every(({ address }) => address !== undefined);
  let id: string | undefined;
  return {
    names,
    id: () => {
      if (isMapped) id ??= fingerprint(bindParameters(opened));
      return id;
    },
  };
}
