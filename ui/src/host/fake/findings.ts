// Findings over a made-up site: each a test of pages and the words for it.

import type { Evidence, Finding, Severity } from "../../gen/model";
import { RULES } from "./catalogue";
import { pageOf, url } from "./details";
import type { FakePage, Site } from "./site";

interface Planted {
  rule: string;
  vendor: string | null;
  account: string | null;
  holds(page: FakePage): boolean;
  message(count: number): string;
  evidence(site: Site, page: FakePage): Evidence[];
  cause?: string;
  snippet?: string;
}

const META = "284915073166502";

function codes(site: Site, page: FakePage, pattern: RegExp, notes: string[]): Evidence[] {
  const detail = pageOf(site, page);
  return [...detail.installs, ...detail.events]
    .filter((x) => pattern.test(x.code))
    .map((x, i) => ({ page: detail.url, at: x.at, excerpt: x.code, note: notes[i] ?? notes[0] ?? "" }));
}

const PLANTED: Planted[] = [
  {
    rule: "untracked-page",
    vendor: null,
    account: null,
    holds: (p) => p.outcome === "ok" && p.cells.every((c) => c === "missing"),
    message: (n) => `${n} pages carry no active pixel: /blog/* and /policies/*`,
    evidence: (s, p) => [{ page: url(s, p), note: "read in full, no active install of any vendor" }],
    snippet: `<script async src="https://www.googletagmanager.com/gtm.js?id=GTM-K2WPL9D"></script>`,
  },
  {
    rule: "duplicate-event",
    vendor: "meta-pixel",
    account: META,
    holds: (p) => p.template === "/checkout/thank-you",
    message: () => "Purchase is sent twice on /checkout/thank-you: theme snippet and GTM-K2WPL9D tag 14",
    cause: "hard-coded and container",
    evidence: (s, p) => codes(s, p, /'Purchase'/, ["first, in the page", "second, by GTM-K2WPL9D tag 14"]),
    snippet: "fbq('track', 'Purchase', {value: order.total, currency: 'EUR'}, {eventID: order.id});",
  },
  {
    rule: "duplicate-init",
    vendor: "meta-pixel",
    account: META,
    holds: (p) => p.cells[2] === "duplicate",
    message: (n) => `Meta Pixel ${META} is initialised twice on ${n} pages: theme snippet and PixelYourSite`,
    cause: "plugin and theme",
    evidence: (s, p) => codes(s, p, /'init'/, ["first initialisation", "second, by PixelYourSite"]),
  },
  {
    rule: "missing-param",
    vendor: "meta-pixel",
    account: META,
    holds: (p) => p.template === "/checkout/thank-you",
    message: () => "Purchase is sent without currency",
    evidence: (s, p) => codes(s, p, /'Purchase', \{value: order/, ["no currency among its parameters"]),
    snippet: "fbq('track', 'Purchase', {value: order.total, currency: 'EUR'});",
  },
  {
    rule: "missing-pixel",
    vendor: "tiktok-pixel",
    account: "CQ8L2JRC77U4E1VSN3D0",
    holds: (p) => p.template === "/products/*" && p.cells[3] === "missing",
    message: (n) =>
      `TikTok Pixel CQ8L2JRC77U4E1VSN3D0 is absent from ${n} product pages that the rest of the shop has it on`,
    evidence: (s, p) => [{ page: url(s, p), note: "absent; 4 of 5 product pages carry it" }],
    snippet: "ttq.load('CQ8L2JRC77U4E1VSN3D0');\nttq.page();",
  },
  {
    rule: "invalid-account",
    vendor: "linkedin-insight",
    account: null,
    holds: (p) => p.cells[6] === "inert",
    message: () => "LinkedIn Insight Tag has the placeholder YOUR_PARTNER_ID as its partner id",
    evidence: (s, p) => codes(s, p, /partner_id/, ["placeholder of the documentation"]),
  },
  {
    rule: "unknown-event",
    vendor: "meta-pixel",
    account: META,
    holds: (p) => p.template === "/products/*" && p.outcome === "ok",
    message: (n) => `“AddtoCart” on ${n} pages is not one of Meta's events: “AddToCart” is`,
    evidence: (s, p) => codes(s, p, /AddtoCart/, ["spelt with a small t"]),
    snippet: "fbq('track', 'AddToCart', {value: product.price / 100, currency: 'EUR'});",
  },
  {
    rule: "init-without-event",
    vendor: "pinterest-tag",
    account: "2613748850917",
    holds: (p) => p.cells[4] === "active",
    message: (n) => `Pinterest Tag 2613748850917 is loaded on ${n} pages and sends nothing`,
    evidence: (s, p) => codes(s, p, /pintrk/, ["loaded, no page or track call follows"]),
    snippet: "pintrk('load', '2613748850917');\npintrk('page');",
  },
];

const RANK: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** Findings with all their pages, worst first. */
export function findingsOf(site: Site, pages: FakePage[]): Finding[] {
  const out: Finding[] = [];
  for (const planted of PLANTED) {
    const hit = pages.filter((p) => planted.holds(p));
    const first = hit[0];
    const rule = RULES.find((r) => r.id === planted.rule);
    if (!first || !rule) continue;
    const { severity, area, why, fix, actor } = rule;
    const finding: Finding = {
      id: `${planted.rule}-${planted.account ?? "site"}`,
      rule: planted.rule,
      severity,
      area,
      vendor: planted.vendor,
      account: planted.account,
      message: planted.message(hit.length),
      why,
      fix,
      actor,
      templates: [...new Set(hit.map((p) => p.template))],
      page_count: hit.length,
      pages: hit.map((p) => url(site, p)),
      evidence: planted.evidence(site, first),
    };
    if (planted.cause) finding.cause = planted.cause;
    if (planted.snippet) finding.snippet = planted.snippet;
    out.push(finding);
  }
  return out.sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}
