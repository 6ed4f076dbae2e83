// Where the window is, as the fragment of its address: going back works, and a view can be handed on.

import type { PagesQuery } from "../gen/model";
import { anyPage, fromParams, toParams } from "../pages/query";

export const VIEWS = ["overview", "pages", "events", "findings", "journeys", "compare", "export"] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  /** The open audit; null on the start page. */
  audit: string | null;
  view: View;
  /** Which pages the page table shows. */
  query: PagesQuery;
  /** Page whose drawer is open. */
  page: number | null;
  /** Finding that is opened. */
  finding: string | null;
}

export function start(): Route {
  return { audit: null, view: "overview", query: anyPage(), page: null, finding: null };
}

export function format(route: Route): string {
  if (route.audit === null) return "#/";
  const params = route.view === "pages" ? toParams(route.query) : new URLSearchParams();
  if (route.page !== null) params.set("page", String(route.page));
  if (route.view === "findings" && route.finding !== null) params.set("open", route.finding);
  const text = params.toString();
  return `#/${encodeURIComponent(route.audit)}/${route.view}${text === "" ? "" : `?${text}`}`;
}

export function parse(hash: string): Route {
  const [path = "", text = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [audit, name] = path.split("/");
  if (!audit) return start();
  const params = new URLSearchParams(text);
  const page = Number(params.get("page") ?? Number.NaN);
  return {
    audit: decode(audit),
    view: VIEWS.find((v) => v === name) ?? "overview",
    query: fromParams(params),
    page: Number.isSafeInteger(page) ? page : null,
    finding: params.get("open"),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
