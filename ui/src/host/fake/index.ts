// A host without a computer behind it: the same commands over made-up audits. For development in a plain browser and
// for tests. No release build holds it.

import type { AuditConfig, ErrorCode, Journey, Secret, Secrets, StartRequest } from "../../gen/model";
import type { Args, Command, Commands, Host, Result } from "../commands";
import { HostError } from "../errors";
import { FakeAudit } from "./audit";
import { DEFAULT_CONFIG, RULES, VENDORS } from "./catalogue";
import { compare } from "./diff";
import { NO_BROWSER, recordedJourneys, recordedSite } from "./recorded";
import { FakeRun } from "./run";
import { makeSite, type Site } from "./site";

/** Host name whose audit has this many pages, to try the table at size. */
const LARGE = { host: "megastore.example", pages: 100_000 };
const SMALL = 40;
/** Host that is audited as on a machine without a browser. */
const BARE = "no-browser.example";
const DEMO = "http://127.0.0.1:8099/";

/** Hosts that go wrong, and what the run says of them. */
const TROUBLE: Record<string, { outcome: "dns-failed" | "not-html" | "blocked-by-robots"; reason: string }> =
  {
    "nowhere.example": {
      outcome: "dns-failed",
      reason: "No host is called nowhere.example. Check the spelling.",
    },
    "file.example": {
      outcome: "not-html",
      reason: "http://file.example/ is application/pdf, not an HTML page. Start from a page of the site.",
    },
    "robots.example": {
      outcome: "blocked-by-robots",
      reason:
        "robots.txt of robots.example asks not to fetch its start page. “Ignore robots.txt” among the options overrides it.",
    },
  };

function fail(code: ErrorCode, message: string): never {
  throw new HostError(code, message);
}

function lines(input: string): string[] {
  return input
    .split(/\s*\n\s*/)
    .map((l) => l.trim())
    .filter((l) => l !== "");
}

function address(line: string): URL {
  const text = /^[a-z]+:\/\//i.test(line) ? line : `https://${line}`;
  const parsed = URL.canParse(text) && !/\s/.test(line) ? new URL(text) : null;
  if (
    !parsed?.protocol.startsWith("http") ||
    (!parsed.hostname.includes(".") && parsed.hostname !== "localhost")
  ) {
    fail(
      "bad-input",
      `“${line}” is not the address of a page. An address looks like shop.example or https://shop.example/.`,
    );
  }
  return parsed;
}

function sad(origin: string, outcome: "dns-failed" | "not-html" | "blocked-by-robots", reason: string): Site {
  const site = makeSite(origin, 2, 1);
  const page = site.pages[0];
  if (!page) return site;
  const cells = page.cells.map(() => "could-not-look" as const);
  return { origin, pages: [{ ...page, outcome, reason, status: null, title: null, cells }] };
}

/** As the engine reads it, as far as anybody here looks: the name, and that there are steps. */
function parseJourney(file: string, text: string): Journey {
  if (!text.includes("[[step]]")) {
    fail("bad-input", `${file}, line 1: there is no step: a journey is a list of [[step]] tables.`);
  }
  const name = /^name\s*=\s*"(.*)"/m.exec(text)?.[1] ?? file;
  const recorded = recordedJourneys()[0]?.journey;
  if (!recorded) fail("internal", "Nothing was recorded.");
  return { ...recorded, name, file };
}

class FakeHost implements Host {
  private readonly audits = new Map<string, FakeAudit>();
  private readonly runs = new Map<string, FakeRun>();
  private next = 1;

  constructor() {
    this.seed("https://harbour-home.example", SMALL, "2026-09-14T09:12:00Z");
    this.seed(`https://${LARGE.host}`, LARGE.pages, "2026-09-11T16:40:00Z");
    const cut = this.seed("https://agency-client.example", 120, "2026-09-02T08:05:00Z");
    cut.state = "incomplete";
    cut.reason = "The app was closed while the audit ran.";
    const both: AuditConfig = {
      ...DEFAULT_CONFIG,
      mode: "both",
      passes: ["none", "reject", "accept", "gpc"],
      exercise: true,
      journeys: recordedJourneys().map((view) => view.journey),
    };
    this.keep(recordedSite(), both, "2026-08-28T11:20:00Z");
    const members = this.seed("https://members.example", 60, "2026-08-21T07:30:00Z");
    members.state = "incomplete";
    members.reason = "The network was lost.";
    members.needs = ["header", "basic-auth"];
  }

  private seed(origin: string, size: number, started: string): FakeAudit {
    return this.keep(makeSite(origin, size, 7), DEFAULT_CONFIG, started);
  }

  private keep(site: Site, config: AuditConfig, started: string): FakeAudit {
    const audit = new FakeAudit(`a${this.next}`, site, config, started);
    this.next += 1;
    this.audits.set(audit.id, audit);
    return audit;
  }

  private get(id: string): FakeAudit {
    return this.audits.get(id) ?? fail("not-found", "This audit is not in the store any more.");
  }

  private run(id: string): FakeRun {
    return this.runs.get(id) ?? fail("not-found", "This audit is not running.");
  }

  /** Goes on with a paused run, or with an audit that was cut short. */
  private resume(id: string, secrets: Secrets | null): void {
    const run = this.runs.get(id);
    const lacks = (need: Secret) =>
      need === "header" ? !secrets?.headers.includes(":") : need === "basic-auth" && !secrets?.user;
    if (this.get(id).state === "incomplete" && this.get(id).needs.some(lacks)) {
      fail("bad-input", "Header fields, line 1: give a header as 'Name: value'.");
    }
    if (run && this.get(id).state === "paused") run.resume();
    else this.runs.set(id, new FakeRun(this.get(id), null));
  }

  private start(request: StartRequest): string {
    const journey = request.config.journeys[0]?.start;
    const typed = request.input.trim() === "" && journey ? journey : request.input;
    const [first, ...others] = lines(typed).map(address);
    if (!first) fail("bad-input", "Enter the address of a site, such as shop.example.");
    if (first.hostname === BARE && request.config.mode === "browser") fail("internal", NO_BROWSER);
    const trouble = TROUBLE[first.hostname];
    const size = first.hostname === LARGE.host ? LARGE.pages : others.length > 0 ? others.length + 1 : SMALL;
    const site = trouble
      ? sad(first.origin, trouble.outcome, trouble.reason)
      : makeSite(first.origin, size, 7);
    const audit = this.keep(site, request.config, "2026-09-15T10:00:00Z");
    this.runs.set(audit.id, new FakeRun(audit, trouble?.reason ?? null));
    return audit.id;
  }

  /** One function a command: unpacks and answers. */
  private readonly handlers: { [K in keyof Commands]: (args: Args<K>) => Result<K> } = {
    start_audit: ({ request }) => this.start(request),
    pause_audit: ({ audit }) => (this.run(audit).pause(), null),
    resume_audit: ({ audit, secrets }) => (this.resume(audit, secrets), null),
    stop_audit: ({ audit }) => (this.run(audit).stop(), null),
    list_audits: () =>
      [...this.audits.values()].sort((a, b) => (a.started < b.started ? 1 : -1)).map((a) => a.row()),
    delete_audit: ({ audit }) => (this.audits.delete(audit), null),
    audit_state: ({ audit }) => this.get(audit).snapshot(),
    overview: ({ audit }) => this.get(audit).overview(),
    pages: ({ audit, query }) => this.get(audit).window(query),
    page: ({ audit, page }) => this.get(audit).detail(page),
    page_source: ({ audit, page }) => this.get(audit).source(page),
    page_picture: ({ audit, page, n }) => this.get(audit).picture(page, n),
    events: ({ audit, query }) => this.get(audit).events(query),
    journeys: ({ audit }) => this.get(audit).journeys(),
    parse_journey: ({ file, text }) => parseJourney(file, text),
    findings: ({ audit }) => this.get(audit).findings(),
    ignore_finding: ({ audit, finding, reason }) => {
      if (reason === null) this.get(audit).ignored.delete(finding);
      else this.get(audit).ignored.set(finding, reason);
      return null;
    },
    diff_audits: ({ before, after }) => compare(this.get(before), this.get(after)),
    export_audit: ({ request }) => {
      const folder = request.folder.replace(/\/+$/, "");
      if (!folder.startsWith("/")) fail("cannot-write", `The folder “${request.folder}” does not exist.`);
      return request.formats.flatMap((format) =>
        format === "csv"
          ? ["pages", "events", "findings"].map((n) => ({ path: `${folder}/${n}.csv`, bytes: 8_412 }))
          : [{ path: `${folder}/report.${format}`, bytes: format === "html" ? 214_377 : 96_120 }],
      );
    },
    summary_text: ({ audit }) => this.get(audit).summary(),
    pick_folder: () => "/home/you/Documents/Pixelproof",
    open_folder: () => null,
    start_demo: () => DEMO,
    vendors: () => VENDORS,
    rules: () => RULES,
    default_config: () => structuredClone(DEFAULT_CONFIG),
    app_info: () => ({ version: "0.1.0", default_folder: "/home/you/Documents" }),
  };

  async call<K extends Command>(name: K, args: Args<K>): Promise<Result<K>> {
    // A turn of the event loop, as across the real boundary, and a copy, so that nobody shares state by accident.
    await Promise.resolve();
    return structuredClone(this.handlers[name](args));
  }

  watch: Host["watch"] = (audit, onProgress) => {
    return this.runs.get(audit)?.watch(onProgress) ?? Promise.resolve();
  };
}

export function createHost(): Host {
  return new FakeHost();
}
