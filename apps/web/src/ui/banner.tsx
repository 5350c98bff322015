/** Tells what keeps the page from answering: no server, or no key. */
import { useState } from "preact/hooks";
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { Icon } from "./icons.tsx";

export function Banner() {
  const app = useApp();
  const link = useCell(app.link);
  if (link === "key") return <KeyForm />;
  if (link !== "unreachable") return null;
  return (
    <div class="banner" role="status">
      <Icon name="warning" />
      <span>The server does not answer. Your chats are here; new answers come when it is back.</span>
      <button type="button" class="button small" onClick={() => void app.refresh()}>
        Try now
      </button>
    </div>
  );
}

function KeyForm() {
  const app = useApp();
  const [key, setKey] = useState("");
  const submit = (event: Event): void => {
    event.preventDefault();
    app.preferences.change({ key: key.trim() });
    void app.refresh();
  };
  return (
    <form class="banner" onSubmit={submit}>
      <label for="key">This server asks for a key</label>
      <input
        id="key"
        class="input"
        type="password"
        autocomplete="off"
        value={key}
        onInput={({ currentTarget }) => setKey(currentTarget.value)}
      />
      <button type="submit" class="button small primary">
        Use it
      </button>
    </form>
  );
}
