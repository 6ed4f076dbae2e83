// Questions about pages: the empty one, its form in an address, and its words.

import type { PageOutcome, PagesQuery, PagesSort, PixelCoverage, PixelKey } from "../gen/model";
import { shortAccount, words } from "../kit/format";

/** All pages, in the order they were found. */
export function anyPage(): PagesQuery {
  return {
    search: "",
    template: null,
    missing: null,
    with: null,
    untracked: false,
    duplicates: false,
    finding: null,
    outcome: null,
    failed: false,
    sort: "order",
    descending: false,
    offset: 0,
    limit: 0,
  };
}

export function isFiltered(q: PagesQuery): boolean {
  return clauses(q, []).length > 0;
}

/** A pixel account as one word; JSON, because neither part is known to lack any separator. */
export function keyText(key: PixelKey): string {
  return JSON.stringify([key.vendor, key.account]);
}

export function parseKey(text: string | null): PixelKey | null {
  if (text === null) return null;
  try {
    const [vendor, account] = JSON.parse(text) as unknown[];
    if (typeof vendor !== "string") return null;
    return { vendor, account: typeof account === "string" ? account : null };
  } catch {
    return null;
  }
}

export function toParams(q: PagesQuery): URLSearchParams {
  const out = new URLSearchParams();
  const put = (name: string, value: string | null | false) => {
    if (value) out.set(name, value);
  };
  put("search", q.search);
  put("template", q.template);
  put("missing", q.missing && keyText(q.missing));
  put("with", q.with && keyText(q.with));
  put("untracked", q.untracked && "yes");
  put("duplicates", q.duplicates && "yes");
  put("finding", q.finding);
  put("outcome", q.outcome);
  put("failed", q.failed && "yes");
  put("sort", q.sort !== "order" && q.sort);
  put("descending", q.descending && "yes");
  return out;
}

const SORTS: PagesSort[] = ["order", "url", "title", "template", "status", "installs", "events", "findings"];

export function fromParams(params: URLSearchParams): PagesQuery {
  const sort = SORTS.find((s) => s === params.get("sort"));
  return {
    ...anyPage(),
    search: params.get("search") ?? "",
    template: params.get("template"),
    missing: parseKey(params.get("missing")),
    with: parseKey(params.get("with")),
    untracked: params.has("untracked"),
    duplicates: params.has("duplicates"),
    finding: params.get("finding"),
    outcome: params.get("outcome") as PageOutcome | null,
    failed: params.has("failed"),
    sort: sort ?? "order",
    descending: params.has("descending"),
  };
}

/** One condition of a question: its words, and the question without it. */
export interface Clause {
  text: string;
  without: PagesQuery;
}

/** The conditions, worded so that they read on from “312 pages …”. */
export function clauses(q: PagesQuery, pixels: PixelCoverage[]): Clause[] {
  const out: Clause[] = [];
  const add = (text: string, gone: Partial<PagesQuery>) => out.push({ text, without: { ...q, ...gone } });
  if (q.untracked) add("without any active pixel", { untracked: false });
  if (q.duplicates) add("with duplicates", { duplicates: false });
  if (q.failed) add("that could not be read", { failed: false });
  if (q.outcome) add(`with the outcome “${words(q.outcome)}”`, { outcome: null });
  if (q.missing) add(`missing ${pixelName(q.missing, pixels)}`, { missing: null });
  if (q.with) add(`with ${pixelName(q.with, pixels)}`, { with: null });
  if (q.template) add(`of the form ${q.template}`, { template: null });
  if (q.finding) add("of one finding", { finding: null });
  if (q.search) add(`matching “${q.search}”`, { search: "" });
  return out;
}

export function pixelName(key: PixelKey, pixels: PixelCoverage[]): string {
  const found = pixels.find((p) => p.vendor === key.vendor && p.account === key.account);
  return `${found?.name ?? key.vendor} ${shortAccount(key.account)}`;
}
