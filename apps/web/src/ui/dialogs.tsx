/** The windows above the page: palette, settings, shortcuts, and the prompt as the model sees it. */
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { ACTIONS, shownKeys } from "./actions.ts";
import { Dialog } from "./dialog.tsx";
import { Palette } from "./palette.tsx";
import { PromptDialog } from "./prompt-dialog.tsx";
import { SettingsDialog } from "./settings-dialog.tsx";

export function Dialogs() {
  const app = useApp();
  const name = useCell(app.dialog);
  const close = (): void => {
    // Another may have been opened meanwhile: a window reports its end late.
    if (app.dialog.value === name) app.dialog.value = undefined;
  };
  switch (name) {
    case "palette":
      return <Palette onClose={close} />;
    case "settings":
      return <SettingsDialog onClose={close} />;
    case "shortcuts":
      return <Shortcuts onClose={close} />;
    case "prompt":
      return <PromptDialog onClose={close} />;
    default:
      return null;
  }
}

function Shortcuts({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl class="shortcuts">
        {ACTIONS.flatMap(({ label, keys }) =>
          keys === undefined
            ? []
            : [
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>
                    <kbd>{shownKeys(keys)}</kbd>
                  </dd>
                </div>,
              ],
        )}
        <div>
          <dt>Edit the last question, in an empty field</dt>
          <dd>
            <kbd>↑</kbd>
          </dd>
        </div>
      </dl>
    </Dialog>
  );
}
