/** A window above the page. The browser's own dialog keeps the focus inside and closes with Escape. */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.tsx";

export interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly onClose: () => void;
  readonly kind?: "normal" | "wide" | "palette";
}

export function Dialog({ title, children, onClose, kind = "normal" }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next key: what is typed right after the shortcut belongs here, however long the page takes to be painted.
  useLayoutEffect(() => {
    element.current?.showModal();
  }, []);
  const onClick = (event: MouseEvent): void => {
    if (event.target === element.current) onClose();
  };
  return (
    <dialog
      ref={element}
      class={`dialog dialog-${kind}`}
      aria-labelledby={id}
      onClose={onClose}
      onClick={onClick}
    >
      <div class="dialog-body">
        <header class={kind === "palette" ? "visually-hidden" : "dialog-head"}>
          <h2 id={id}>{title}</h2>
          <button type="button" class="button quiet icon-only" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
