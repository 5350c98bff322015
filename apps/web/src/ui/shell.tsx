/** The page's frame: chats at the side, the view in the middle, and what lies above. */
import { useEffect } from "preact/hooks";
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import { keepOffline } from "../browser/isolation.ts";
import { onShortcut } from "./actions.ts";
import { Banner } from "./banner.tsx";
import { ChatView } from "./chat-view.tsx";
import { Dialogs } from "./dialogs.tsx";
import { ModelsView } from "./models-view.tsx";
import { ParametersDrawer } from "./parameters-drawer.tsx";
import { Sidebar } from "./sidebar.tsx";
import { Toasts } from "./toasts.tsx";

export function Shell() {
  const app = useApp();
  const route = useCell(app.router.cell);
  const { hasSidebar, hasDrawer } = useCell(app.preferences.cell);
  const announcement = useCell(app.announcement);

  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onShortcut(app, event);
    document.addEventListener("keydown", listen);
    keepOffline();
    if (isNarrow()) app.preferences.change({ hasSidebar: false, hasDrawer: false });
    return () => document.removeEventListener("keydown", listen);
  }, [app]);

  const isChat = route.view === "chat";
  return (
    <div class={`shell ${hasSidebar ? "with-sidebar" : ""} ${hasDrawer && isChat ? "with-drawer" : ""}`}>
      <a class="skip" href="#main">
        To the conversation
      </a>
      {hasSidebar && <Sidebar />}
      <main id="main" tabIndex={-1}>
        <Banner />
        {isChat ? <ChatView /> : <ModelsView />}
      </main>
      {hasDrawer && isChat && <ParametersDrawer />}
      {(hasSidebar || hasDrawer) && <Curtain />}
      <Dialogs />
      <Toasts />
      <p class="visually-hidden" role="status" aria-live="polite">
        {announcement}
      </p>
    </div>
  );
}

/** On narrow screens the side parts lie above the page; a touch beside them closes them. */
function Curtain() {
  const { preferences } = useApp();
  const close = (): void => preferences.change({ hasSidebar: false, hasDrawer: false });
  return <button type="button" class="curtain" aria-label="Close" tabIndex={-1} onClick={close} />;
}

export const isNarrow = (): boolean => matchMedia("(max-width: 800px)").matches;
