// A made-up shop, the same for the same seed: its pages and what each pixel does on them.

import type { Cell, PageOutcome } from "../../gen/model";
import { seeded } from "./random";
import type { Recorded } from "./recorded";

export interface Column {
  vendor: string;
  account: string | null;
}

export interface FakePage {
  id: number;
  path: string;
  title: string | null;
  template: string;
  outcome: PageOutcome;
  status: number | null;
  reason: string | null;
  /** One cell a column of `COLUMNS`. */
  cells: Cell[];
}

export interface Site {
  origin: string;
  pages: FakePage[];
  /** Pages that were recorded, by id; the others are made up from their cells. */
  recorded?: Map<number, Recorded>;
}

export const COLUMNS: Column[] = [
  { vendor: "google-tag-manager", account: "GTM-K2WPL9D" },
  { vendor: "google-analytics-4", account: "G-7QK2M4X9TB" },
  { vendor: "meta-pixel", account: "284915073166502" },
  { vendor: "tiktok-pixel", account: "CQ8L2JRC77U4E1VSN3D0" },
  { vendor: "pinterest-tag", account: "2613748850917" },
  { vendor: "meta-pixel", account: "770012345678901" },
  { vendor: "linkedin-insight", account: null },
];

const A = "active";
const M = "missing";
/** What a template carries, in the order of `COLUMNS`, and its share of the site. */
const TEMPLATES: { template: string; share: number; cells: Cell[] }[] = [
  { template: "/", share: 0, cells: [A, A, A, A, A, M, M] },
  { template: "/products/*", share: 0.42, cells: [A, A, A, A, A, M, M] },
  { template: "/collections/*", share: 0.15, cells: [A, A, "duplicate", A, M, M, M] },
  { template: "/blog/*", share: 0.2, cells: [M, M, M, M, M, M, M] },
  { template: "/pages/*", share: 0.1, cells: [A, A, "gated", "gated", M, M, M] },
  { template: "/account/*", share: 0.05, cells: [A, A, "image-only", M, M, M, M] },
  { template: "/policies/*", share: 0.08, cells: [M, M, M, M, M, M, M] },
  { template: "/checkout/thank-you", share: 0, cells: [A, A, A, A, A, M, M] },
];

const ADJECTIVES = [
  "linen",
  "oak",
  "copper",
  "woven",
  "slate",
  "amber",
  "quiet",
  "northern",
  "folded",
  "salt",
];
const NOUNS = ["lamp", "table", "basket", "blanket", "mug", "shelf", "stool", "vase", "tray", "mirror"];

/** `size` pages under `origin`. */
export function makeSite(origin: string, size: number, seed: number): Site {
  const random = seeded(seed);
  const pages: FakePage[] = [];
  const add = (template: (typeof TEMPLATES)[number], path: string, title: string | null): FakePage => {
    const cells = [...template.cells];
    const page: FakePage = {
      id: pages.length + 1,
      path,
      title,
      template: template.template,
      outcome: "ok",
      status: 200,
      reason: null,
      cells,
    };
    pages.push(page);
    return page;
  };
  for (const template of TEMPLATES) {
    if (template.share === 0) {
      const home = template.template === "/";
      add(template, template.template, home ? "Harbour & Home" : "Thank you for your order");
      continue;
    }
    const count = Math.max(2, Math.round((size - 2) * template.share));
    for (let i = 0; i < count && pages.length < size; i += 1) {
      const name = `${pick(ADJECTIVES, random)} ${pick(NOUNS, random)}`;
      const slug = `${name.replace(" ", "-")}-${i + 1}`;
      const page = add(template, template.template.replace("*", slug), `${capital(name)} ${i + 1}`);
      vary(page, random, i);
    }
  }
  oddities(pages);
  return { origin, pages };
}

function pick(list: string[], random: () => number): string {
  return list[Math.floor(random() * list.length)] ?? "";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What differs between pages of one template. */
function vary(page: FakePage, random: () => number, index: number): void {
  if (page.template === "/products/*" && random() < 0.2) page.cells[3] = "missing";
  if (page.template === "/products/*" && index === 3) page.cells[5] = "active";
  if (page.template === "/pages/*" && index === 1) page.cells[6] = "inert";
  if (random() < 0.03) fail(page, "http-error", 404, "The server answered 404 Not Found.");
}

function fail(page: FakePage, outcome: PageOutcome, status: number | null, reason: string): void {
  page.outcome = outcome;
  page.status = status;
  page.reason = reason;
  page.title = null;
  const cell: Cell = outcome === "blocked-by-robots" ? "not-checked" : "could-not-look";
  page.cells = page.cells.map(() => cell);
}

/** A few pages that are hard on a table: failures, a hostile title, an endless address. */
function oddities(pages: FakePage[]): void {
  const of = (template: string) => pages.filter((p) => p.template === template);
  const [first, second, third] = of("/account/*");
  if (first) fail(first, "blocked-by-robots", null, "robots.txt asks not to fetch this address.");
  if (second) second.title = "<img src=x onerror=alert(1)> \u202eevil";
  if (third) fail(third, "timed-out", null, "No complete answer within 20 seconds.");
  const page = of("/pages/*")[0];
  if (page)
    page.path += "?ref=newsletter&campaign=autumn-clearance-2026&content=hero-banner-left&term=ceramics";
  const last = of("/products/*").at(-1);
  if (last) fail(last, "not-html", 200, "The answer is application/pdf, not an HTML page.");
}
