/** How far a model is on its way. */
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { formatBytes } from "../base/format.ts";

export function WorkBar() {
  const work = useCell(useApp().engine.work);
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
