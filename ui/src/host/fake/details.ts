// What stands on a made-up page: installs and events that agree with its cells.

import type { Event, Install, Page, Position, Via } from "../../gen/model";
import { COLUMNS, type FakePage, type Site } from "./site";

const CODE: Record<string, (account: string | null) => string> = {
  "google-tag-manager": (a) =>
    `<script async src="https://www.googletagmanager.com/gtm.js?id=${a}"></script>`,
  "google-analytics-4": (a) => `gtag('config', '${a}');`,
  "meta-pixel": (a) => `fbq('init', '${a}');`,
  "tiktok-pixel": (a) => `ttq.load('${a}');`,
  "pinterest-tag": (a) => `pintrk('load', '${a}');`,
  "linkedin-insight": () => `_linkedin_partner_id = "YOUR_PARTNER_ID";`,
};

export function url(site: Site, page: FakePage): string {
  return site.origin + page.path;
}

function at(source: string, line: number, column = 5): Position {
  return { source, line, column };
}

function installs(site: Site, page: FakePage): Install[] {
  const out: Install[] = [];
  COLUMNS.forEach((column, i) => {
    const cell = page.cells[i];
    if (!cell || ["missing", "not-checked", "could-not-look"].includes(cell)) return;
    const via: Via = cell === "image-only" ? "noscript" : "script";
    const install: Install = {
      vendor: column.vendor,
      account: column.account,
      via,
      state: cell === "gated" ? "gated" : cell === "inert" ? "inert" : "active",
      trigger: "load",
      at: at(url(site, page), 14 + i * 11),
      code: CODE[column.vendor]?.(column.account) ?? "",
    };
    if (cell === "gated") install.gate = "cookiebot: marketing";
    out.push(install);
    if (cell === "duplicate") {
      const source = `${site.origin}/wp-content/plugins/pixelyoursite/dist/scripts/public.js`;
      out.push({ ...install, installer: "PixelYourSite", at: at(source, 1, 8120) });
    }
  });
  return out;
}

function event(site: Site, page: FakePage, line: number, part: Partial<Event>): Event {
  return {
    vendor: "meta-pixel",
    accounts: ["284915073166502"],
    name: "PageView",
    class: "standard",
    stage: "page-view",
    params: {},
    via: "script",
    trigger: "load",
    state: "active",
    at: at(url(site, page), line),
    code: "fbq('track', 'PageView');",
    declared: true,
    fired: "not-looked",
    ...part,
  };
}

function events(site: Site, page: FakePage): Event[] {
  const out: Event[] = [];
  if (page.cells[1] === "active") {
    const code = "gtag('config', 'G-7QK2M4X9TB');";
    const accounts = ["G-7QK2M4X9TB"];
    const part = {
      vendor: "google-analytics-4",
      accounts,
      name: "page_view",
      class: "automatic" as const,
      code,
    };
    out.push(event(site, page, 25, part));
  }
  if (page.cells[2] === "active" || page.cells[2] === "gated") {
    out.push(event(site, page, 37, { state: page.cells[2] === "gated" ? "gated" : "active" }));
  }
  if (page.template === "/products/*" && page.outcome === "ok") out.push(...productEvents(site, page));
  if (page.template === "/checkout/thank-you") out.push(...purchases(site, page));
  return out;
}

function productEvents(site: Site, page: FakePage): Event[] {
  return [
    event(site, page, 88, {
      name: "ViewContent",
      stage: "content-view",
      params: { content_ids: [`SKU-${page.id}`], content_type: "product", value: 49.9, currency: "EUR" },
      code: `fbq('track', 'ViewContent', {content_ids: ['SKU-${page.id}'], content_type: 'product', value: 49.90, currency: 'EUR'});`,
    }),
    event(site, page, 131, {
      name: "AddtoCart",
      class: "custom",
      stage: "other",
      trigger: "click",
      params: { value: { expr: "product.price / 100" }, currency: "EUR" },
      code: "fbq('track', 'AddtoCart', {value: product.price / 100, currency: 'EUR'});",
    }),
  ];
}

function purchases(site: Site, page: FakePage): Event[] {
  const params = { value: { expr: "order.total" }, content_ids: { expr: "order.lines.map(l => l.sku)" } };
  const common: Partial<Event> = { name: "Purchase", stage: "purchase", params };
  return [
    event(site, page, 96, {
      ...common,
      code: "fbq('track', 'Purchase', {value: order.total, content_ids: order.lines.map(l => l.sku)});",
    }),
    event(site, page, 1, {
      ...common,
      via: "container",
      installer: "GTM-K2WPL9D tag 14",
      at: at("https://www.googletagmanager.com/gtm.js?id=GTM-K2WPL9D", 1, 40211),
      params: { value: { expr: "{{DL – order value}}" }, currency: "EUR" },
      code: "fbq('track', 'Purchase', {value: {{DL – order value}}, currency: 'EUR'});",
    }),
  ];
}

/** The page as the store would give it; findings are put in by the caller. */
export function pageOf(site: Site, page: FakePage): Page {
  const recorded = site.recorded?.get(page.id);
  if (recorded) return recorded.page;
  return {
    url: url(site, page),
    installs: installs(site, page),
    events: events(site, page),
    libraries: [],
    consent: {
      platforms: page.cells[2] === "gated" ? ["cookiebot"] : [],
      google_consent_mode: {},
      calls: [],
    },
    findings: [],
    problems: page.outcome === "ok" ? [] : [page.reason ?? ""],
    title: page.title,
    canonical: null,
    noindex: false,
    kinds: [],
    needs_browser: false,
    fetch: {
      outcome: page.outcome,
      reason: page.reason,
      status: page.status,
      final_url: url(site, page),
      redirects:
        page.template === "/account/*" ? [{ url: `${site.origin}/my${page.path}`, status: 301 }] : [],
      depth: page.path === "/" ? 0 : 2,
      referrer: page.path === "/" ? null : `${site.origin}/`,
      found_by: page.path === "/" ? "start" : "anchor",
      content_type: page.outcome === "not-html" ? "application/pdf" : "text/html; charset=utf-8",
      bytes: 48_210 + page.id,
      elapsed_ms: 80 + (page.id % 90),
    },
  };
}

export function sourceOf(site: Site, page: FakePage): string {
  const lines = pageOf(site, page).installs.map((i) => `    <script>${i.code}</script>`);
  const head = `    <title>${page.title ?? ""}</title>`;
  return [
    "<!doctype html>",
    "<html>",
    "  <head>",
    head,
    ...lines,
    "  </head>",
    "  <body></body>",
    "</html>",
  ].join("\n");
}
