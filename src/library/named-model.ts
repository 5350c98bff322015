/** Where the library's functions turn a name into a path. */
import { type AcceptLicence, findModel, type HubSettings, type ReportProgress } from "../hub/index.ts";

/** How a reference is fetched, if it is not on this machine. */
export interface FetchOptions {
  /**
   * Whether to accept the licence of a model that is used for the first time: true, or a function that gets the terms.
   * Default: open licences, such as apache-2.0 and mit.
   */
  readonly acceptLicence?: AcceptLicence | undefined;
  /** Overrides of the environment: the hub's `endpoint`, the `token`, the store's folders, `offline`. */
  readonly hub?: Partial<HubSettings> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The path of a model by its path, reference (`hf:owner/repo`) or alias; fetches `hf:` references. */
export async function pathOfModel(
  name: string,
  { acceptLicence, hub, signal }: FetchOptions,
  onProgress?: ReportProgress,
): Promise<string> {
  const { path } = await findModel(name, { acceptLicence, settings: hub, signal, onProgress });
  return path;
}
