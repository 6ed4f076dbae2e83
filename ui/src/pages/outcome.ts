// What became of a page, in words.

import type { FoundBy, PageHint, PageOutcome, Trap } from "../gen/model";

export const OUTCOMES: Record<PageOutcome, string> = {
  ok: "Read in full",
  "http-error": "The server answered with an error",
  "redirected-away": "Redirects out of the audit",
  redirected: "Redirects to another page of the audit",
  "redirect-loop": "Redirects to itself",
  "too-many-redirects": "Redirects too often",
  "blocked-by-robots": "robots.txt asks not to fetch it",
  "not-html": "Not an HTML page",
  "too-large": "Too large: read up to the limit",
  "too-deep": "Nested too deeply: read without its structure",
  "timed-out": "No complete answer in time",
  "dns-failed": "Host unknown",
  "connection-failed": "No connection",
  "tls-failed": "The certificate was not accepted",
  "bad-response": "The answer breaks HTTP",
  refused: "Not fetched: outside of what may be fetched",
  "analysis-timed-out": "Reading it took too long",
  "analysis-failed": "Reading it failed",
};

export const FOUND: Record<FoundBy, string> = {
  start: "the start address",
  list: "your list",
  sitemap: "a sitemap",
  anchor: "a link",
  area: "an image map",
  canonical: "a canonical link",
  next: "a next link",
  frame: "a frame",
  "meta-refresh": "a meta refresh",
  redirect: "a redirect",
  alternate: "an alternate link",
  feed: "a feed",
  "structured-data": "structured data",
  file: "a file in the folder",
  rendered: "a link that only the browser saw",
  script: "a script that changes the location",
};

export const HINTS: Record<PageHint, string> = {
  "soft-404": "Likely an error page: its title says that there is no such page, its status that there is.",
  "login-wall": "Likely a login form in place of the page asked for.",
};

export const TRAPS: Record<Trap, string> = {
  "repeating-path": "A sample of a series without end: its folders repeat.",
  calendar: "A sample of a series without end: a calendar.",
  "query-variations": "A sample of a series without end: one list, sorted and filtered in every combination.",
  "same-content": "A sample of a series without end: pages that name each other and say the same.",
};

/** Whether something kept the page from being read. A redirect didn't: the page it leads to has its own row. */
export function isTrouble(outcome: PageOutcome): boolean {
  return outcome !== "ok" && outcome !== "redirected";
}

/** Whether the page's content was read, so that “missing” means missing. */
export function wasRead(outcome: PageOutcome): boolean {
  return outcome === "ok" || outcome === "too-large" || outcome === "too-deep";
}
