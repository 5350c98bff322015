/** The chats: new, search, and the list by age. Only the rows in sight are drawn, so thousands scroll as well as ten. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { agesAt } from "../base/format.ts";
import type { Conversation } from "../conversations/types.ts";
import { downloadConversation } from "./exports.ts";
import { Icon } from "./icons.tsx";
import { Menu } from "./menu.tsx";
import { addressOf } from "./route.ts";
import { isNarrow } from "./shell.tsx";

/** Height of every row in pixels; the style sheet has the same. */
const ROW = 38;
/** Rows drawn above and below those in sight. */
const MARGIN = 8;

type Row = { readonly group: string } | { readonly conversation: Conversation };

export function Sidebar() {
  const app = useApp();
  const conversations = useCell(app.store.conversations);
  const [query, setQuery] = useState("");
  const found = useSearch(conversations, query);
  const rows = useMemo(() => rowsOf(found, query !== ""), [found, query]);
  return (
    <nav class="sidebar" aria-label="Chats">
      <header class="sidebar-head">
        <a
          class="brand"
          href="#/"
          onClick={() => isNarrow() && app.preferences.change({ hasSidebar: false })}
        >
          <img src="icon.svg" alt="" width="24" height="24" />
          Cria
        </a>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label="Hide chats"
          title="Hide chats"
          onClick={() => app.preferences.change({ hasSidebar: false })}
        >
          <Icon name="menu" />
        </button>
      </header>
      <button type="button" class="button new-chat" onClick={() => startChat(app)}>
        <Icon name="plus" />
        New chat
      </button>
      <div class="search">
        <Icon name="search" size={16} />
        <input
          id="search"
          class="input"
          type="search"
          placeholder="Search chats"
          aria-label="Search chats"
          value={query}
          onFocus={() => void app.search.warm()}
          onInput={({ currentTarget }) => setQuery(currentTarget.value)}
        />
      </div>
      {rows.length === 0 ? (
        <p class="sidebar-empty">
          {query === "" ? "Your chats will be here. They stay in this browser." : "Nothing found"}
        </p>
      ) : (
        <List rows={rows} />
      )}
      <footer class="sidebar-foot">
        <a class="button quiet" href="#/models">
          <Icon name="cube" /> Models
        </a>
        <button
          type="button"
          class="button quiet"
          onClick={() => {
            app.dialog.value = "settings";
          }}
        >
          <Icon name="gear" /> Settings
        </button>
      </footer>
    </nav>
  );
}

function startChat(app: ReturnType<typeof useApp>): void {
  app.newChat();
  if (isNarrow()) app.preferences.change({ hasSidebar: false });
}

function useSearch(conversations: readonly Conversation[], query: string): readonly Conversation[] {
  const { search } = useApp();
  const [found, setFound] = useState<readonly Conversation[]>(conversations);
  useEffect(() => {
    let isCurrent = true;
    if (query === "") setFound(conversations);
    else void search.find(conversations, query).then((result) => isCurrent && setFound(result));
    return () => {
      isCurrent = false;
    };
  }, [conversations, query]);
  return query === "" ? conversations : found;
}

function rowsOf(conversations: readonly Conversation[], isSearch: boolean): Row[] {
  if (isSearch) return conversations.map((conversation) => ({ conversation }));
  const ageOf = agesAt(Date.now());
  const rows: Row[] = [];
  let last = "";
  for (const conversation of conversations) {
    const group = conversation.isPinned ? "Pinned" : ageOf(conversation.updated);
    if (group !== last) rows.push({ group });
    last = group;
    rows.push({ conversation });
  }
  return rows;
}

function List({ rows }: { readonly rows: readonly Row[] }) {
  const place = useRef<HTMLDivElement>(null);
  const [{ from, to }, setRange] = useState({ from: 0, to: 40 });
  const follow = (): void => {
    const element = place.current;
    if (element === null) return;
    const first = Math.max(0, Math.floor(element.scrollTop / ROW) - MARGIN);
    setRange({ from: first, to: first + Math.ceil(element.clientHeight / ROW) + 2 * MARGIN });
  };
  useEffect(() => {
    follow();
    addEventListener("resize", follow);
    return () => removeEventListener("resize", follow);
  }, []);
  const { id: openId } = useCell(useApp().store.open);
  return (
    <div class="sidebar-list" ref={place} onScroll={follow}>
      <ul style={{ blockSize: `${rows.length * ROW}px` }}>
        {rows.slice(from, to).map((row, i) => {
          const style = { insetBlockStart: `${(from + i) * ROW}px` };
          if ("group" in row) {
            return (
              <li key={row.group} class="sidebar-group" style={style}>
                {row.group}
              </li>
            );
          }
          const { conversation } = row;
          return (
            <li key={conversation.id} class="sidebar-row" style={style}>
              <ConversationRow conversation={conversation} isOpen={conversation.id === openId} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function ConversationRow({
  conversation,
  isOpen,
}: {
  readonly conversation: Conversation;
  readonly isOpen: boolean;
}) {
  const app = useApp();
  const [isRenamed, setRenamed] = useState(false);
  const { id, title, isPinned } = conversation;
  if (isRenamed) return <RenameField conversation={conversation} onDone={() => setRenamed(false)} />;
  return (
    <>
      <a
        class="chat-link"
        href={addressOf({ view: "chat", id })}
        aria-current={isOpen ? "page" : undefined}
        title={title}
        dir="auto"
        onClick={() => isNarrow() && app.preferences.change({ hasSidebar: false })}
        onDblClick={() => setRenamed(true)}
      >
        {title}
      </a>
      <Menu
        label={`More for “${title}”`}
        entries={[
          {
            label: isPinned ? "Unpin" : "Pin",
            icon: "pin",
            run: () => void app.store.change(id, { isPinned: !isPinned }),
          },
          { label: "Rename", icon: "edit", run: () => setRenamed(true) },
          { label: "Export", icon: "download", run: () => void downloadConversation(app, id, "own") },
          {
            label: "Export as OpenAI messages",
            icon: "download",
            run: () => void downloadConversation(app, id, "openai"),
          },
          {
            label: "Export as ShareGPT",
            icon: "download",
            run: () => void downloadConversation(app, id, "sharegpt"),
          },
          { label: "Delete", icon: "trash", isDangerous: true, run: () => void app.deleteConversation(id) },
        ]}
      >
        <Icon name="more" />
      </Menu>
    </>
  );
}

function RenameField({
  conversation: { id, title },
  onDone,
}: {
  readonly conversation: Conversation;
  readonly onDone: () => void;
}) {
  const app = useApp();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const keep = (): void => {
    const next = field.current?.value.trim().slice(0, 200) ?? "";
    if (next !== "" && next !== title) void app.store.change(id, { title: next });
    onDone();
  };
  return (
    <input
      ref={field}
      class="input rename"
      aria-label="Name of the chat"
      defaultValue={title}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Enter") keep();
        if (event.key === "Escape") {
          event.stopPropagation();
          onDone();
        }
      }}
    />
  );
}
