/** Starts the page: its engine, its stores, its views. */
import { render } from "preact";
import { App, AppContext } from "./app.ts";
import type { Engine } from "./engine/engine.ts";
import { ServerEngine } from "./engine/server.ts";
import { PreferenceStore } from "./settings/preferences.ts";
import "./styles/index.css";
import { isolatePage } from "./browser/isolation.ts";
import { Shell } from "./ui/shell.tsx";

/** Who answers: whoever serves the page says it in page.json; "?engine=browser" chooses the engine in the page. */
async function chooseEngine(preferences: PreferenceStore): Promise<Engine> {
  const base = new URL("./", location.href);
  const asked = new URLSearchParams(location.search).get("engine");
  const told = await fetch(new URL("page.json", base))
    .then((response) => response.json())
    .catch(() => ({}));
  if ((asked ?? told.engine) !== "browser") return new ServerEngine(base, () => preferences.value.key);
  await isolatePage();
  const { BrowserEngine } = await import("./engine/browser.ts");
  return new BrowserEngine();
}

const root = document.querySelector("#app") as HTMLElement;
const preferences = new PreferenceStore();
const followTheme = (): void => {
  document.documentElement.dataset.theme = preferences.value.theme;
};
preferences.cell.subscribe(followTheme);
followTheme();

try {
  const app = await App.start(await chooseEngine(preferences), preferences);
  render(
    <AppContext.Provider value={app}>
      <Shell />
    </AppContext.Provider>,
    root,
  );
} catch (error) {
  root.textContent = `Cria cannot start in this browser: ${(error as Error).message}`;
}
