// One made-up audit and the answers that the store would give about it.

import type {
  AuditConfig,
  AuditRow,
  AuditState,
  Counts,
  EventRow,
  EventsQuery,
  Finding,
  FindingRow,
  FindingsView,
  JourneyView,
  Kept,
  Overview,
  PageDetail,
  Picture,
  PageRow,
  PagesQuery,
  PagesSort,
  PagesWindow,
  Phase,
  PixelCoverage,
  PixelKey,
  RunState,
  Secret,
  TemplateCoverage,
} from "../../gen/model";
import { HostError } from "../errors";
import { RULES, VENDORS, vendorName } from "./catalogue";
import { pageOf, sourceOf, url } from "./details";
import { findingsOf } from "./findings";
import { recordedJourneys } from "./recorded";
import { COLUMNS, type FakePage, type Site } from "./site";

const READ = new Set(["ok", "too-large", "too-deep"]);
const PRESENT = new Set(["active", "duplicate"]);

/** What follows from the pages seen so far. Costly for a large site, so it is kept until there are more. */
interface Judged {
  revealed: number;
  findings: Finding[];
  byPage: Map<number, Finding[]>;
  columns: PixelCoverage[];
  /** The rows of the last question. */
  asked: { key: string; pages: FakePage[] } | null;
}

export class FakeAudit {
  readonly ignored = new Map<string, string>();
  state: RunState = "complete";
  phase: Phase | null = null;
  reason: string | null = null;
  /** Secrets that it can't go on without. */
  needs: Secret[] = [];
  counts: Counts;
  /** Pages the run has come to. */
  revealed: number;
  private cache: Judged | null = null;

  constructor(
    readonly id: string,
    readonly site: Site,
    readonly config: AuditConfig,
    readonly started: string,
  ) {
    this.revealed = site.pages.length;
    this.counts = { found: 0, fetched: 0, failed: 0, in_flight: 0, rate: 0, elapsed_ms: 0, bytes: 0 };
    this.recount();
  }

  recount(): void {
    const failed = this.pages().filter((p) => !READ.has(p.outcome)).length;
    this.counts = {
      ...this.counts,
      found: this.state === "running" ? Math.min(this.site.pages.length, this.revealed + 12) : this.revealed,
      fetched: this.revealed - failed,
      failed,
      bytes: this.revealed * 48_210,
    };
  }

  pages(): FakePage[] {
    return this.site.pages.slice(0, this.revealed);
  }

  private judged(): Judged {
    if (this.cache?.revealed === this.revealed) return this.cache;
    const pages = this.pages();
    const findings = findingsOf(this.site, pages);
    const byUrl = new Map(pages.map((p) => [url(this.site, p), p.id]));
    const byPage = new Map<number, Finding[]>();
    for (const finding of findings) {
      for (const address of finding.pages) {
        const id = byUrl.get(address) ?? 0;
        byPage.set(id, [...(byPage.get(id) ?? []), finding]);
      }
    }
    this.cache = { revealed: this.revealed, findings, byPage, columns: this.columns(), asked: null };
    return this.cache;
  }

  head(): AuditState["head"] {
    const { id, site, config, started } = this;
    const running = this.state === "running" || this.state === "paused";
    return {
      id,
      start_url: `${site.origin}/`,
      mode: config.mode,
      started,
      finished: running ? null : started,
      complete: this.state === "complete",
      incomplete_reason: this.reason,
      tool: "pixelproof 0.1.0",
      config,
    };
  }

  snapshot(): AuditState {
    const needs = this.state === "incomplete" ? this.needs : [];
    return { head: this.head(), state: this.state, phase: this.phase, counts: { ...this.counts }, needs };
  }

  row(): AuditRow {
    const overview = this.overview();
    const { read, untracked, pages, pages_with_duplicates, errors } = overview.totals;
    return {
      id: this.id,
      start_url: `${this.site.origin}/`,
      host: new URL(this.site.origin).host,
      started: this.started,
      state: this.state,
      pages,
      coverage: read === 0 ? null : (read - untracked) / read,
      duplicates: pages_with_duplicates,
      errors,
    };
  }

  private columns(): PixelCoverage[] {
    const read = this.pages().filter((p) => READ.has(p.outcome));
    return COLUMNS.map((column, i) => {
      const count = (...cells: string[]) => read.filter((p) => cells.includes(p.cells[i] ?? "")).length;
      const pages_with = count("active", "duplicate");
      const pages_without = count("missing", "inert");
      const coverage = read.length === 0 ? 0 : pages_with / read.length;
      const [pages_gated, pages_image_only] = [count("gated"), count("image-only")];
      const name = vendorName(column.vendor) ?? column.vendor;
      return { ...column, name, pages_with, pages_gated, pages_image_only, pages_without, coverage };
    });
  }

  private templates(): TemplateCoverage[] {
    const out = new Map<string, TemplateCoverage>();
    for (const page of this.pages()) {
      if (!READ.has(page.outcome)) continue;
      let t = out.get(page.template);
      if (!t) {
        const example = url(this.site, page);
        t = { template: page.template, pages: 0, example, untracked: 0, pixels: COLUMNS.map(() => 0) };
        out.set(page.template, t);
      }
      t.pages += 1;
      if (untracked(page)) t.untracked += 1;
      page.cells.forEach((cell, i) => {
        if (t && PRESENT.has(cell)) t.pixels[i] = (t.pixels[i] ?? 0) + 1;
      });
    }
    return [...out.values()].sort((a, b) => b.pages - a.pages);
  }

  private short(finding: Finding): FindingRow {
    const cut = { ...finding, pages: finding.pages.slice(0, 5) };
    return {
      finding: cut,
      vendor_name: vendorName(finding.vendor),
      ignored: this.ignored.get(finding.id) ?? null,
    };
  }

  overview(): Overview {
    const pages = this.pages();
    const read = pages.filter((p) => READ.has(p.outcome)).length;
    const { findings, byPage } = this.judged();
    const live = findings.filter((f) => !this.ignored.has(f.id));
    const count = (severity: string) => live.filter((f) => f.severity === severity).length;
    const templates = this.templates();
    const doubled = (p: FakePage) => (byPage.get(p.id) ?? []).some((f) => f.area === "duplicates");
    return {
      totals: {
        found: this.counts.found,
        pages: pages.length,
        read,
        failed: pages.length - read,
        untracked: pages.filter(untracked).length,
        pages_with_duplicates: pages.filter(doubled).length,
        installs: pages.length * 4,
        events: pages.length * 3,
        errors: count("error"),
        warnings: count("warning"),
        infos: count("info"),
      },
      score: [
        {
          area: "coverage",
          pages: read,
          clean: pages.filter((p) => READ.has(p.outcome) && !untracked(p)).length,
        },
        {
          area: "duplicates",
          pages: read,
          clean: pages.filter((p) => READ.has(p.outcome) && !doubled(p)).length,
        },
      ],
      pixels: this.judged().columns,
      templates,
      untracked: templates.filter((t) => t.untracked > 0).sort((a, b) => b.untracked - a.untracked),
      duplicates: live.filter((f) => f.area === "duplicates").map((f) => this.short(f)),
      worst: live.slice(0, 10).map((f) => this.short(f)),
      not_checked: RULES.filter((r) => r.needs_browser && this.config.mode === "source").length,
      journeys: this.journeys().flatMap((view) => view.runs.map((run) => run.line)),
      kept: this.state === "complete" ? kept(this.revealed) : null,
    };
  }

  window(query: PagesQuery): PagesWindow {
    const { byPage, columns } = this.judged();
    const pages = this.select(query);
    const rows = pages.slice(query.offset, query.offset + Math.min(query.limit, 500));
    return {
      total: pages.length,
      pixels: columns,
      rows: rows.map((p) => this.pageRow(p, byPage.get(p.id) ?? [])),
    };
  }

  private select(query: PagesQuery): FakePage[] {
    const judged = this.judged();
    const key = JSON.stringify({ ...query, offset: 0, limit: 0 });
    if (judged.asked?.key === key) return judged.asked.pages;
    const { byPage } = judged;
    const pages = this.pages().filter((p) => this.matches(p, query, byPage.get(p.id) ?? []));
    if (query.sort !== "order") pages.sort(by(query.sort, byPage));
    if (query.descending) pages.reverse();
    judged.asked = { key, pages };
    return pages;
  }

  private matches(page: FakePage, q: PagesQuery, findings: Finding[]): boolean {
    const cell = (key: PixelKey) =>
      page.cells[COLUMNS.findIndex((c) => c.vendor === key.vendor && c.account === key.account)] ?? "missing";
    const read = READ.has(page.outcome);
    const words = q.search.toLowerCase();
    return (
      (words === "" || `${page.path}\n${page.title ?? ""}`.toLowerCase().includes(words)) &&
      (q.template === null || page.template === q.template) &&
      (q.missing === null || (read && !PRESENT.has(cell(q.missing)))) &&
      (q.with === null || PRESENT.has(cell(q.with))) &&
      (!q.untracked || untracked(page)) &&
      (!q.duplicates || findings.some((f) => f.area === "duplicates")) &&
      (q.finding === null || findings.some((f) => f.id === q.finding)) &&
      (q.outcome === null || page.outcome === q.outcome) &&
      (!q.failed || !read)
    );
  }

  private pageRow(page: FakePage, findings: Finding[]): PageRow {
    const { id, path, title, template, status, outcome, reason, cells } = page;
    const present = cells.filter((c) => !["missing", "not-checked", "could-not-look"].includes(c)).length;
    return {
      id,
      url: url(this.site, page),
      path,
      title,
      template,
      status,
      outcome,
      reason,
      cells,
      installs: present,
      events: pageOf(this.site, page).events.length,
      findings: findings.length,
      worst: findings[0]?.severity ?? null,
    };
  }

  private byId(id: number): FakePage {
    const page = this.site.pages[id - 1];
    if (!page) throw new HostError("not-found", "This page is not in the audit.");
    return page;
  }

  detail(id: number): PageDetail {
    const page = this.byId(id);
    const findings = this.judged().byPage.get(id) ?? [];
    const has_source = READ.has(page.outcome);
    const { said = [], provoked = [] } = this.site.recorded?.get(id) ?? {};
    const pictures: Picture[] =
      this.picture(id, 1) === null
        ? []
        : [
            { n: 1, of: "page", pass: "none" },
            { n: 2, of: "banner", pass: "reject" },
          ];
    return {
      id,
      template: page.template,
      page: pageOf(this.site, page),
      findings,
      has_source,
      pictures,
      said,
      provoked,
    };
  }

  source(id: number): string | null {
    const page = this.byId(id);
    return READ.has(page.outcome) ? sourceOf(this.site, page) : null;
  }

  /** A drawing in place of a picture. */
  picture(id: number, n: number): string | null {
    if ((this.site.recorded?.get(id)?.page.beacons ?? []).length === 0 || n > 2) return null;
    const [width, height] = n === 1 ? [1366, 900] : [1366, 120];
    const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#cdd6d0"/></svg>`;
    return `data:image/svg+xml,${encodeURIComponent(drawing)}`;
  }

  events(query: EventsQuery): EventRow[] {
    const rows = new Map<string, EventRow>();
    for (const page of this.pages().slice(0, 2000)) {
      for (const e of pageOf(this.site, page).events) {
        const key = `${e.vendor}\n${JSON.stringify(e.name)}`;
        const row = rows.get(key) ?? {
          vendor: e.vendor,
          vendor_name: vendorName(e.vendor) ?? e.vendor,
          accounts: e.accounts.join(", "),
          name: e.name,
          class: e.class,
          stage: e.stage,
          count: 0,
          pages: 0,
          params: [],
          triggers: [],
          example_page: page.id,
          example_url: url(this.site, page),
        };
        row.count += 1;
        row.pages += 1;
        row.params = [...new Set([...row.params, ...Object.keys(e.params)])];
        row.triggers = [...new Set([...row.triggers, e.trigger])];
        rows.set(key, row);
      }
    }
    const words = query.search.toLowerCase();
    return [...rows.values()].filter(
      (r) =>
        (query.vendor === null || r.vendor === query.vendor) &&
        (query.stage === null || r.stage === query.stage) &&
        `${JSON.stringify(r.name)} ${r.vendor_name} ${r.accounts}`.toLowerCase().includes(words),
    );
  }

  /** Those of the configuration; they are made at the end of the run. */
  journeys(): JourneyView[] {
    const made = this.state === "complete";
    return this.config.journeys.map((journey) => {
      const recorded = recordedJourneys().find((view) => view.journey.name === journey.name);
      const steps = recorded?.steps ?? journey.steps.map((step) => step.do);
      return { journey, steps, runs: made ? (recorded?.runs ?? []) : [] };
    });
  }

  findings(): FindingsView {
    const reason = "Source mode reads code and loads no page, so it can't see what leaves.";
    return {
      rows: this.judged().findings.map((f) => this.short(f)),
      not_checked: RULES.filter((r) => r.needs_browser && this.config.mode === "source").map((rule) => ({
        rule,
        reason,
      })),
    };
  }

  summary(): string {
    const { totals } = this.overview();
    const vendors = VENDORS.map((v) => v.name).join(", ");
    return `${this.site.origin}: ${totals.read} pages read, ${totals.untracked} without tracking.\nPixels: ${vendors}.`;
  }
}

const KEPT_PER_PAGE = 12_640;

function kept(pages: number): Kept {
  return { pages, bytes: pages * KEPT_PER_PAGE, bytes_per_page: pages === 0 ? 0 : KEPT_PER_PAGE };
}

function untracked(page: FakePage): boolean {
  return READ.has(page.outcome) && !page.cells.some((c) => PRESENT.has(c));
}

function by(sort: PagesSort, findings: Map<number, Finding[]>): (a: FakePage, b: FakePage) => number {
  const text = (f: (p: FakePage) => string) => (a: FakePage, b: FakePage) =>
    f(a) < f(b) ? -1 : f(a) > f(b) ? 1 : a.id - b.id;
  const number = (f: (p: FakePage) => number) => (a: FakePage, b: FakePage) => f(a) - f(b) || a.id - b.id;
  switch (sort) {
    case "url":
      return text((p) => p.path);
    case "title":
      return text((p) => p.title ?? "");
    case "template":
      return text((p) => p.template);
    case "status":
      return number((p) => p.status ?? 0);
    case "findings":
      return number((p) => findings.get(p.id)?.length ?? 0);
    case "installs":
    case "events":
      return number((p) => p.cells.filter((c) => PRESENT.has(c)).length);
    case "order":
      return number((p) => p.id);
  }
}
