/** What a person can do from anywhere: one table for the palette, the shortcuts and their list. */
import type { App } from "../app.ts";

export interface Action {
  readonly label: string;
  /** Keys with "Mod" for Ctrl, or Command on a Mac. */
  readonly keys?: string;
  readonly run: (app: App) => void;
}

export const ACTIONS: readonly Action[] = [
  { label: "New chat", keys: "Mod+Shift+O", run: (app) => app.newChat() },
  { label: "Show all commands", keys: "Mod+K", run: (app) => toggleDialog(app, "palette") },
  { label: "Search chats", keys: "Mod+Shift+F", run: (app) => focusSearch(app) },
  { label: "Write a message", keys: "Shift+Escape", run: () => focus("#composer") },
  { label: "Stop the answer", keys: "Escape", run: (app) => stop(app) },
  {
    label: "Answer again",
    keys: "Mod+Shift+R",
    run: (app) => lastAnswer(app, (message) => void app.regenerate(message)),
  },
  { label: "Go on with the answer", run: (app) => lastAnswer(app, (message) => void app.proceed(message)) },
  {
    label: "Copy the last answer",
    keys: "Mod+Shift+C",
    run: (app) =>
      lastAnswer(app, ({ text }) => {
        void navigator.clipboard.writeText(text);
        app.toast("Copied");
      }),
  },
  {
    label: "Show or hide chats",
    keys: "Mod+Shift+S",
    run: ({ preferences }) => preferences.change({ hasSidebar: !preferences.value.hasSidebar }),
  },
  {
    label: "Show or hide parameters",
    keys: "Mod+Shift+P",
    run: ({ preferences }) => preferences.change({ hasDrawer: !preferences.value.hasDrawer }),
  },
  { label: "Show the chat as the model sees it", run: (app) => toggleDialog(app, "prompt") },
  { label: "Models", run: ({ router }) => router.go({ view: "models" }) },
  {
    label: "Delete this chat",
    run: (app) => void (app.current !== undefined && app.deleteConversation(app.current.id)),
  },
  { label: "Settings", keys: "Mod+,", run: (app) => toggleDialog(app, "settings") },
  { label: "Keyboard shortcuts", keys: "Mod+/", run: (app) => toggleDialog(app, "shortcuts") },
];

function toggleDialog(app: App, name: NonNullable<App["dialog"]["value"]>): void {
  app.dialog.value = app.dialog.value === name ? undefined : name;
}

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

function focusSearch({ preferences }: App): void {
  const isThere = preferences.value.hasSidebar;
  preferences.change({ hasSidebar: true });
  if (isThere) focus("#search");
  else requestAnimationFrame(() => focus("#search"));
}

function stop(app: App): void {
  const { current } = app;
  if (current !== undefined) app.answerer.stopAll(current.id);
}

function lastAnswer(app: App, use: (message: NonNullable<App["path"][number]>) => void): void {
  const message = app.path.at(-1);
  if (message?.role === "assistant" && message.state !== "running") use(message);
}

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

export const shownKeys = (keys: string): string =>
  keys.replace("Mod", isMac ? "⌘" : "Ctrl").replaceAll("+", " + ");

/** Runs the action whose keys were pressed. */
export function onShortcut(app: App, event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const isOpen = document.querySelector("dialog[open]") !== null;
  const action = ACTIONS.find(({ keys }) => keys !== undefined && matches(keys, event));
  if (action === undefined || (event.key === "Escape" && isOpen)) return;
  event.preventDefault();
  action.run(app);
}

function matches(keys: string, event: KeyboardEvent): boolean {
  const parts = keys.split("+");
  const key = parts.at(-1) as string;
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    (isMac ? event.metaKey : event.ctrlKey) === parts.includes("Mod") &&
    event.shiftKey === parts.includes("Shift") &&
    !event.altKey
  );
}
