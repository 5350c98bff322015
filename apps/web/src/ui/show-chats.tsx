/** The button that shows the list of chats, while that is hidden. */
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { Icon } from "./icons.tsx";

export function ShowChats() {
  const app = useApp();
  const { hasSidebar } = useCell(app.preferences.cell);
  if (hasSidebar) return null;
  return (
    <button
      type="button"
      class="button quiet icon-only"
      aria-label="Show chats"
      title="Show chats"
      onClick={() => app.preferences.change({ hasSidebar: true })}
    >
      <Icon name="menu" />
    </button>
  );
}
