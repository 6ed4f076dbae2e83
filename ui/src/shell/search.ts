// Search over everything: places of the window, and pages, events and findings of the open audit.

import { call } from "../host";
import { counted, known } from "../kit/format";
import { anyPage } from "../pages/query";
import { VIEWS, type View } from "./route";
import type { Session } from "./session.svelte";

export interface Hit {
  kind: "Go to" | "Page" | "Event" | "Finding";
  text: string;
  note: string;
  go: () => void;
}

/** Hits of one kind shown. */
const MOST = 6;

const PLACES: Record<View, string> = {
  overview: "Overview",
  pages: "Pages",
  events: "Events",
  findings: "Findings",
  journeys: "Journeys",
  compare: "Compare",
  export: "Export",
};

function has(text: string, words: string): boolean {
  return text.toLowerCase().includes(words.toLowerCase());
}

export function places(session: Session, words: string): Hit[] {
  const hits: Hit[] = [{ kind: "Go to", text: "New audit", note: "", go: () => session.home() }];
  if (session.route.audit !== null) {
    for (const view of VIEWS) {
      hits.push({ kind: "Go to", text: PLACES[view], note: "", go: () => session.view(view) });
    }
  }
  return hits.filter((h) => has(h.text, words));
}

/** Hits in the open audit. */
export async function inAudit(session: Session, audit: string, words: string): Promise<Hit[]> {
  const [pages, events, findings] = await Promise.all([
    call("pages", { audit, query: { ...anyPage(), search: words, limit: MOST } }),
    call("events", { audit, query: { search: words, vendor: null, stage: null } }),
    call("findings", { audit }),
  ]);
  const out: Hit[] = pages.rows.map((row) => ({
    kind: "Page",
    text: row.path,
    note: row.title ?? row.reason ?? "",
    go: () => session.go({ view: "pages", query: anyPage(), page: row.id }),
  }));
  for (const row of events.slice(0, MOST)) {
    out.push({
      kind: "Event",
      text: known(row.name),
      note: `${row.vendor_name} · ${counted(row.pages, "page")}`,
      go: () => session.go({ view: "events", page: row.example_page }),
    });
  }
  const found = findings.rows.filter((r) => has(`${r.finding.message} ${r.finding.rule}`, words));
  for (const { finding } of found.slice(0, MOST)) {
    out.push({
      kind: "Finding",
      text: finding.message,
      note: finding.rule,
      go: () => session.go({ view: "findings", page: null, finding: finding.id }),
    });
  }
  return out;
}
