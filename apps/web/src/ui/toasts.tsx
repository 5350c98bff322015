/** Short notes at the edge of the page; some can be undone. */
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";

export function Toasts() {
  const app = useApp();
  const toasts = useCell(app.toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.map(({ id, text, action }) => (
        <div key={id} class="toast">
          <span>{text}</span>
          {action !== undefined && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                app.dropToast(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
