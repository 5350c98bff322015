/** All commands and chats behind one field. */
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import { useApp } from "../app.ts";
import type { Conversation } from "../conversations/types.ts";
import { ACTIONS, shownKeys } from "./actions.ts";
import { Dialog } from "./dialog.tsx";

interface Entry {
  readonly label: string;
  readonly hint: string;
  readonly run: () => void;
}

/** Chats that are shown. */
const MOST_CHATS = 8;

export function Palette({ onClose }: { readonly onClose: () => void }) {
  const app = useApp();
  const id = useId();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [chats, setChats] = useState<readonly Conversation[]>([]);
  useEffect(() => {
    let isCurrent = true;
    void app.search
      .find(app.store.conversations.value, query)
      .then((found) => isCurrent && setChats(found.slice(0, MOST_CHATS)));
    return () => {
      isCurrent = false;
    };
  }, [query]);
  const entries = useMemo(
    (): readonly Entry[] => [
      ...ACTIONS.filter(({ label }) => label.toLowerCase().includes(query.toLowerCase())).map(
        ({ label, keys, run }) => ({
          label,
          hint: keys === undefined ? "" : shownKeys(keys),
          run: () => run(app),
        }),
      ),
      ...chats.map(({ id: chat, title }) => ({
        label: title,
        hint: "Chat",
        run: () => app.router.go({ view: "chat", id: chat }),
      })),
    ],
    [query, chats],
  );
  const chosen = Math.min(at, entries.length - 1);
  const run = (entry: Entry | undefined): void => {
    onClose();
    entry?.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setAt((chosen + 1) % entries.length);
    else if (event.key === "ArrowUp") setAt((chosen - 1 + entries.length) % entries.length);
    else if (event.key === "Enter") run(entries[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Commands" kind="palette" onClose={onClose}>
      <input
        class="input palette-field"
        role="combobox"
        aria-label="Find a command or a chat"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={entries.length === 0 ? undefined : `${id}-${chosen}`}
        placeholder="Find a command or a chat"
        autofocus
        value={query}
        onInput={({ currentTarget }) => {
          setQuery(currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={id} class="palette-list" role="listbox" aria-label="Commands and chats">
        {entries.map((entry, i) => (
          <li
            key={`${entry.hint}:${entry.label}:${i}`}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === chosen}
            ref={(element) => {
              if (i === chosen) element?.scrollIntoView({ block: "nearest" });
            }}
            onClick={() => run(entry)}
          >
            <span dir="auto">{entry.label}</span>
            <kbd>{entry.hint}</kbd>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
