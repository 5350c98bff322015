/** Where the library's functions turn a name into a path. */
import { platform } from "#platform";
import type { Arrival } from "../hub/arrival.ts";
import type { FoundModel } from "../hub/find.ts";
import { isLocalModel } from "../hub/local.ts";
import type { Plan } from "../hub/pull-repository.ts";
import type { HubSettings } from "../hub/settings.ts";
import type { AcceptLicence } from "../hub/terms.ts";
import type { ReportProgress } from "../hub/transfer/progress.ts";

/** How a reference is fetched, if it is not on this machine. */
export interface FetchOptions {
  /**
   * Whether to accept the licence of a model that is used for the first time: true, or a function that gets the terms.
   * Default: open licences, such as apache-2.0 and mit.
   */
  readonly acceptLicence?: AcceptLicence | undefined;
  /** Overrides of the environment: the hub's `endpoint`, the `token`, the store's folders, `offline`. */
  readonly hub?: Partial<HubSettings> | undefined;
  /** Called with what a reference means, before anything is fetched; throws to refuse it. */
  readonly onPlan?: ((plan: Plan) => void | Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a model by its path, reference (`hf:owner/repo`) or alias; fetches `hf:` references.
 * @param open gets the path. What it opens stays readable after it returns.
 */
export async function openNamed<T>(
  name: string,
  { acceptLicence, hub, onPlan, signal }: FetchOptions,
  open: (path: string, arrival?: Arrival) => T | Promise<T>,
  fetching: { readonly onProgress?: ReportProgress; readonly early?: boolean | undefined } = {},
): Promise<T> {
  const options = { acceptLicence, settings: hub, onPlan, signal, ...fetching };
  const { path, arrival }: FoundModel = isLocalModel(name)
    ? { path: name }
    : await (await import("../hub/find.ts")).findModel(name, options);
  using _files = await platform.holdFiles(path);
  return await open(path, arrival);
}
