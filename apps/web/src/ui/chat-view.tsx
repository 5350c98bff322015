/** A conversation: its head, its messages, and the field for the next. */
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { childrenOf, pathTo } from "../conversations/tree.ts";
import type { Message } from "../conversations/types.ts";
import { Composer } from "./composer.tsx";
import { Icon } from "./icons.tsx";
import { MessageView } from "./message.tsx";
import { ModelPicker } from "./model-picker.tsx";
import { ShowChats } from "./show-chats.tsx";
import { Welcome } from "./welcome.tsx";
import { WorkBar } from "./work-bar.tsx";

export function ChatView() {
  const app = useApp();
  const { id, messages } = useCell(app.store.open);
  const conversations = useCell(app.store.conversations);
  const conversation = id === undefined ? undefined : conversations.find((each) => each.id === id);
  const path = pathTo(messages, conversation?.head);
  const children = useMemo(() => childrenOf(messages), [messages.size, id]);
  return (
    <>
      <ChatHead title={conversation?.title} />
      {path.length === 0 ? (
        <Welcome />
      ) : (
        <MessageList
          key={id}
          path={path}
          siblings={(message) => children.get(message.parent)?.map((each) => each.id) ?? []}
        />
      )}
      <div class="column">
        <WorkBar />
      </div>
      <Composer key={id ?? "new"} conversation={id} isRunning={path.at(-1)?.state === "running"} />
    </>
  );
}

function ChatHead({ title }: { readonly title: string | undefined }) {
  const app = useApp();
  const { hasDrawer } = useCell(app.preferences.cell);
  return (
    <header class="chat-head">
      <ShowChats />
      <ModelPicker />
      <h1 class="chat-title" dir="auto">
        {title ?? "New chat"}
      </h1>
      <button
        type="button"
        class="button quiet icon-only"
        aria-label="Show the chat as the model sees it"
        title="Show the chat as the model sees it"
        onClick={() => {
          app.dialog.value = "prompt";
        }}
      >
        <Icon name="eye" />
      </button>
      <button
        type="button"
        class="button quiet icon-only"
        aria-label="Parameters"
        title="Parameters"
        aria-pressed={hasDrawer}
        onClick={() => app.preferences.change({ hasDrawer: !hasDrawer })}
      >
        <Icon name="sliders" />
      </button>
    </header>
  );
}

interface MessageListProps {
  readonly path: readonly Message[];
  readonly siblings: (message: Message) => readonly string[];
}

/** Pixels from the end within which the list follows a growing answer. */
const NEAR = 80;

function MessageList({ path, siblings }: MessageListProps) {
  const place = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  const last = path.at(-1);
  // A new message always comes into sight.
  useLayoutEffect(() => setFollows(true), [path.length, last?.id]);
  useLayoutEffect(() => {
    if (follows) place.current?.scrollTo({ top: place.current.scrollHeight });
  });
  // Formulas, and messages that come into sight for the first time, change their height later.
  useLayoutEffect(() => {
    const { current } = place;
    if (!follows || current === null) return;
    const observer = new ResizeObserver(() => current.scrollTo({ top: current.scrollHeight }));
    for (const element of [current, current.firstElementChild])
      if (element !== null) observer.observe(element);
    return () => observer.disconnect();
  }, [follows]);
  const onScroll = ({ currentTarget }: { readonly currentTarget: HTMLDivElement }): void => {
    const { scrollTop, clientHeight, scrollHeight } = currentTarget;
    setFollows(scrollHeight - scrollTop - clientHeight < NEAR);
  };
  return (
    <div class="messages-frame">
      <div class="messages" ref={place} onScroll={onScroll} tabIndex={0} role="region" aria-label="Messages">
        <ol class="column">
          {path.map((message, i) => (
            <MessageView
              key={message.id}
              message={message}
              siblings={siblings(message)}
              isLast={i === path.length - 1}
            />
          ))}
        </ol>
      </div>
      {!follows && (
        <button
          type="button"
          class="button round to-end"
          aria-label="To the end"
          title="To the end"
          onClick={() => setFollows(true)}
        >
          <Icon name="down" />
        </button>
      )}
    </div>
  );
}
