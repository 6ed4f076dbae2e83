// The keys of the window: one table, used to act and to tell.

import type { Session } from "./session.svelte";
import { VIEWS } from "./route";

export interface Key {
  keys: string[];
  does: string;
}

export const mod = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";

export const KEYS: Key[] = [
  { keys: [mod, "N"], does: "New audit" },
  { keys: [mod, "K"], does: "Search everything" },
  { keys: [mod, "E"], does: "Export" },
  {
    keys: ["1", "–", String(VIEWS.length)],
    does: "Overview, Pages, Events, Findings, Journeys, Compare, Export",
  },
  { keys: ["/"], does: "Filter the table" },
  { keys: ["↑", "↓"], does: "Move in a table" },
  { keys: ["Enter", "Space"], does: "Open the row in the panel" },
  { keys: ["Escape"], does: "Close the panel" },
  { keys: ["?"], does: "Show these keys" },
];

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

/** Acts on a key, if it is one of the window's; says whether it was. */
export function press(event: KeyboardEvent, session: Session): boolean {
  if (event.altKey) return false;
  if (event.ctrlKey || event.metaKey) return withModifier(event.key.toLowerCase(), session);
  if (event.key === "Escape") return escape(session);
  if (typing(event.target) || session.palette || session.keys || session.asking) return false;
  if (event.key === "?") {
    session.keys = true;
    return true;
  }
  if (event.key === "/") return focusFilter();
  const view = VIEWS[Number(event.key) - 1];
  if (view === undefined || session.route.audit === null) return false;
  session.view(view);
  return true;
}

function withModifier(key: string, session: Session): boolean {
  if (key === "k") session.palette = !session.palette;
  else if (key === "n") session.home();
  else if (key === "e" && session.route.audit !== null) session.view("export");
  else return false;
  return true;
}

function escape(session: Session): boolean {
  if (session.palette) session.palette = false;
  else if (session.keys) session.keys = false;
  else if (session.asking) session.asking = false;
  else if (session.route.page !== null) session.go({ page: null });
  else return false;
  return true;
}

function focusFilter(): boolean {
  const field = document.querySelector<HTMLElement>("[data-filter]");
  field?.focus();
  return field !== null;
}
