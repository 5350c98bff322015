/** How far a model is on its way. */

import { useCell } from "../base/cell.ts";
import { formatBytes } from "../base/format.ts";
import type { BrowserEngine } from "../engine/browser.ts";

export function WorkBar({ engine }: { readonly engine: BrowserEngine }) {
  const work = useCell(engine.work);
  if (work === undefined) return null;
  const { name, step, done, total } = work;
  const verb = step === "fetch" ? "Fetching" : "Preparing";
  return (
    <div class="work" role="status">
      <span>
        {verb} {name}
        {total > 0 && step === "fetch" && ` – ${formatBytes(done)} of ${formatBytes(total)}`}
      </span>
      <progress aria-label={`${verb} ${name}`} {...(total > 0 ? { value: done / total } : {})} />
    </div>
  );
}
