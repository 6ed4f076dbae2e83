// Installs and events of a page as one story: the page's own code in document order, then what other files bring.

import type { Event, Install, Page } from "../gen/model";

export type Entry = { kind: "install"; install: Install } | { kind: "event"; event: Event };

function position(entry: Entry) {
  return entry.kind === "install" ? entry.install.at : entry.event.at;
}

export function story(page: Page): Entry[] {
  const entries: Entry[] = [
    ...page.installs.map((install) => ({ kind: "install", install }) as const),
    ...page.events.map((event) => ({ kind: "event", event }) as const),
  ];
  const home = new Set<string>([page.url, page.fetch?.final_url ?? page.url, page.file ?? page.url]);
  const away = (entry: Entry) => (home.has(position(entry).source) ? 0 : 1);
  return entries
    .map((entry, i) => ({ entry, i }))
    .sort((x, y) => {
      const [a, b] = [position(x.entry), position(y.entry)];
      const apart = away(x.entry) - away(y.entry);
      if (apart !== 0) return apart;
      if (a.source !== b.source) return a.source < b.source ? -1 : 1;
      return a.line - b.line || a.column - b.column || x.i - y.i;
    })
    .map(({ entry }) => entry);
}
