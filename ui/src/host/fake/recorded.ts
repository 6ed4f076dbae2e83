// An audit in both modes as the engine recorded it on a shop of stand-ins, with the cookies and the console message that
// vendors' own libraries would add, and a page at which no browser could look.

import type { DecodedEvent, JourneyView, Page, Provoked } from "../../gen/model";
import { COLUMNS, type FakePage, type Site } from "./site";
import text from "./recorded.json?raw";
import more from "./recorded-journeys.json?raw";

export interface Recorded {
  page: Page;
  /** What each of its beacons says. */
  said: DecodedEvent[][];
  /** What left in each act of its exercise. */
  provoked?: Provoked[][];
}

const PRESENT = new Set([1, 2, 3]);
/** What a machine without a browser says. */
export const NO_BROWSER =
  "No browser to look with: neither Chrome, Edge nor Chromium is installed where it usually is; name one with --browser.";

function fakePage(page: Page, id: number): FakePage {
  const path = new URL(page.url).pathname;
  const cells = COLUMNS.map((_, i) => (PRESENT.has(i) ? ("active" as const) : ("missing" as const)));
  return {
    id,
    path,
    title: page.title,
    template: path,
    outcome: "ok",
    status: 200,
    reason: null,
    cells,
  };
}

/** The page as it is where every pass failed. */
function unseen(page: Page): Recorded {
  const events = page.events
    .filter((e) => e.declared)
    .map((event) => ({ ...event, count: {}, beacons: [], why: null, fired: "could-not-look" as const }));
  const passes = (page.passes ?? []).map((end) => ({
    pass: end.pass,
    looked: false,
    problems: [NO_BROWSER],
    address: page.url,
    load_ms: null,
  }));
  const url = new URL("/away", page.url).href;
  return {
    page: { ...page, url, title: "Away", events, passes, beacons: [], cookies: [], console: [] },
    said: [],
  };
}

/** A journey through such a shop, and a page of it that was exercised. */
const recordedMore = () => JSON.parse(more) as { journeys: JourneyView[]; page: Recorded };

export function recordedJourneys(): JourneyView[] {
  return recordedMore().journeys;
}

export function recordedSite(): Site {
  const recorded = JSON.parse(text) as Recorded[];
  const first = recorded[0];
  if (first) recorded.push(unseen(first.page));
  recorded.push(recordedMore().page);
  return {
    origin: "https://mill-lane.example",
    pages: recorded.map(({ page }, i) => fakePage(page, i + 1)),
    recorded: new Map(recorded.map((r, i) => [i + 1, r])),
  };
}
