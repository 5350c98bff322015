/** A button with a menu: arrows move, Escape closes and returns to the button. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icons.tsx";

export interface MenuEntry {
  readonly label: string;
  readonly icon?: IconName;
  readonly hint?: string;
  readonly isChosen?: boolean;
  readonly isDangerous?: boolean;
  readonly run: () => void;
}

export interface MenuProps {
  readonly label: string;
  readonly children: ComponentChildren;
  readonly entries: readonly MenuEntry[];
  readonly buttonClass?: string;
  readonly side?: "start" | "end";
}

export function Menu({
  label,
  children,
  entries,
  buttonClass = "button quiet icon-only",
  side = "end",
}: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const [opensUp, setOpensUp] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!isOpen) return;
    const box = root.current?.querySelector(".menu")?.getBoundingClientRect();
    if (box !== undefined && box.bottom > innerHeight && box.top > box.height) setOpensUp(true);
    items(root.current)[0]?.focus();
    const leave = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", leave);
    return () => document.removeEventListener("pointerdown", leave);
  }, [isOpen]);

  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const all = items(root.current);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const target = MOVES[event.key]?.(at, all.length);
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (target !== undefined) all[target]?.focus();
    else if (event.key === "Tab") setOpen(false);
    if (event.key === "Escape" || target !== undefined) event.preventDefault();
  };

  return (
    <div class="menu-root" ref={root}>
      <button
        ref={button}
        type="button"
        class={buttonClass}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={label}
        title={label}
        onClick={() => {
          setOpensUp(false);
          setOpen(!isOpen);
        }}
      >
        {children}
      </button>
      {isOpen && (
        <div
          id={id}
          class={`menu menu-${side} ${opensUp ? "menu-up" : ""}`}
          role="menu"
          tabIndex={-1}
          aria-label={label}
          onKeyDown={onKeyDown}
        >
          {entries.map((entry) => (
            <button
              key={entry.label}
              type="button"
              role={entry.isChosen === undefined ? "menuitem" : "menuitemradio"}
              aria-checked={entry.isChosen}
              tabIndex={-1}
              class={entry.isDangerous ? "menu-item dangerous" : "menu-item"}
              onClick={() => {
                close();
                entry.run();
              }}
            >
              {entry.icon !== undefined && <Icon name={entry.icon} />}
              <span class="menu-label">
                {entry.label}
                {entry.hint !== undefined && <small>{entry.hint}</small>}
              </span>
              {entry.isChosen === true && <Icon name="check" />}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

const items = (root: HTMLElement | null): HTMLElement[] => [
  ...(root?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? []),
];

const MOVES: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_at, count) => count - 1,
};
