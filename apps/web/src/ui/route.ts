/** The page's addresses: after "#", so that any host of files serves them. */
import { Cell } from "../base/cell.ts";

export type Route = { readonly view: "chat"; readonly id: string | undefined } | { readonly view: "models" };

function parse(hash: string): Route {
  if (hash === "#/models") return { view: "models" };
  const [, id] = /^#\/chat\/([\w-]{1,64})$/.exec(hash) ?? [];
  return { view: "chat", id };
}

export const addressOf = (route: Route): string => {
  if (route.view === "models") return "#/models";
  return route.id === undefined ? "#/" : `#/chat/${route.id}`;
};

export class Router {
  readonly cell = new Cell<Route>(parse(location.hash));

  constructor() {
    addEventListener("hashchange", () => {
      this.cell.value = parse(location.hash);
    });
  }

  go(route: Route, replaces = false): void {
    if (replaces) history.replaceState(null, "", addressOf(route));
    else history.pushState(null, "", addressOf(route));
    this.cell.value = route;
  }
}
