// Generated from the Rust types by `cargo xtask bindings`. Don't edit.

/** Who must act. */
export type Actor = "developer" | "tag-manager" | "marketing" | "legal";

/** An error as the window gets it. A code exists only where the window branches on it. */
export type AppError = {
  /** What kind. */
  code: ErrorCode;
  /** A sentence to show. */
  message: string;
};

/** Area of the site score that a rule belongs to. */
export type Area = "coverage" | "duplicates" | "correctness" | "privacy";

/** Score of an area. */
export type AreaScore = {
  /** The area. */
  area: Area;
  /** Read pages. */
  pages: number;
  /** Read pages on which no error of the area was found. */
  clean: number;
};

/** Everything an audit needs to know. Secrets (`headers`, `cookies`, `cookie_file`, `basic_auth`, `proxy`) are never serialised: neither the store nor a report may hold them. */
export type AuditConfig = {
  /** Where to start: an address, or several for a list audit. */
  start: Array<string>;
  /** Audit exactly the given addresses; follow nothing. */
  list_only: boolean;
  /** Audit exactly what the sitemaps name; follow nothing. A start that is itself a sitemap stands for its site's. */
  sitemap_only: boolean;
  /** Read the pages in this folder instead of asking a server; the start says which address the folder stands for. */
  folder: string | null;
  /** How to look. */
  mode: Mode;
  /** Most pages to fetch. */
  max_pages: number;
  /** Most clicks away from the start. */
  max_depth: number;
  /** Only addresses that match one of these globs (on path and query). */
  include: Array<string>;
  /** No address that matches one of these globs. */
  exclude: Array<string>;
  /** Other hosts of the registrable domain belong to the audit. */
  subdomains: boolean;
  /** Requests under way at once, all hosts together. */
  concurrency: number;
  /** Requests under way at once to one host; `None`: as many as in all. */
  per_host: number | null;
  /** Requests a second to one host; `None` for no limit. */
  rate: number | null;
  /** Seconds until a request counts as timed out. */
  timeout_s: number;
  /** Fetch what robots.txt asks not to. */
  ignore_robots: boolean;
  /** Read sitemaps. */
  sitemaps: boolean;
  /** Fetch the tag-manager containers that pages load, from their vendor, and read what they bring. An audit of a local or private site fetches none, unless `resolve` says where the container's host is: such audits tell nobody. */
  containers: boolean;
  /** `User-Agent` to send. */
  user_agent: string;
  /** `HOST:PORT:ADDR[:PORT]`, as curl's; `*` as host matches every host. */
  resolve: Array<string>;
  /** Accept any certificate. */
  insecure: boolean;
  /** File with certificates (PEM) to trust besides the system's. */
  ca_file: string | null;
  /** Largest body read, in bytes after decompression. */
  max_body: number;
  /** Keep compressed page sources in the store. */
  captures: boolean;
  /** Passes of browser mode. */
  passes: Array<Pass>;
  /** What becomes of beacons in browser mode. */
  beacons: Beacons;
  /** Browser to run, rather than the first one found. */
  browser: string | null;
  /** Pages of each template that a browser looks at in both modes, besides those that stay empty without scripts; 0: all. When nothing is said: all of the first [`DEFAULT_BROWSER_ALL`], of each template [`DEFAULT_BROWSER_SAMPLE`] of the rest. */
  browser_sample: number | null;
  /** Exercise the pages that a browser looks at: scroll, open, type, click, change routes, without leaving or changing anything. */
  exercise: boolean;
  /** Files with filter lists, in the syntax of ad blockers or as hosts files: what they call a tracker and no vendor claims is reported, and held like a beacon where it looks like one. */
  filter_lists: Array<string>;
  /** Journeys to make in the browser, in every mode. */
  journeys: Array<Journey>;
};

/** Two audits compared. */
export type AuditDiff = {
  /** [`DIFF_SCHEMA`]. */
  schema: string;
  /** The earlier audit. */
  before: DiffSide;
  /** The later audit. */
  after: DiffSide;
  /** What to bear in mind, one sentence each: an audit that is incomplete, settings that differ. */
  notes: Array<string>;
  /** Pages in both audits, whether or not they differ. */
  pages_compared: number;
  /** Pages in both audits that differ. */
  pages_changed: number;
  /** Pages that only the later audit has. */
  pages_new: number;
  /** Pages that only the earlier audit has. */
  pages_lost: number;
  /** Pixel accounts whose number of pages differs. */
  pixels: Array<PixelDiff>;
  /** Events whose number of pages differs. */
  events: Array<EventDiff>;
  /** Findings that are new, lost or changed, worst first. */
  findings: Array<FindingDiff>;
  /** The differences of pages, by template and kind. */
  templates: Array<TemplateDiff>;
  /** Pages that differ, by address; of very many only the first. */
  pages: Array<PageDiff>;
  /** Pages that differ and are not listed. */
  pages_not_listed: number;
};

/** What an audit is and how it ran. */
export type AuditHead = {
  /** Id, unique in its store. */
  id: string;
  /** First address. */
  start_url: string;
  /** How it looked. */
  mode: Mode;
  /** RFC 3339 time of the start. */
  started: string;
  /** RFC 3339 time of the end; null while it runs, and when it was killed. */
  finished: string | null;
  /** Every page in scope was looked at. */
  complete: boolean;
  /** Why not, where it wasn't. */
  incomplete_reason?: string | null;
  /** What the user should know of how it went (robots.txt unreadable, limits met), one sentence each. */
  notices?: Array<string>;
  /** Tool and version. */
  tool: string;
  /** Configuration, without secrets. */
  config: AuditConfig;
};

/** `report.json`. */
export type AuditReport = {
  /** [`crate::SCHEMA`]. */
  schema: string;
  /** What ran. */
  audit: AuditHead;
  /** Sums. */
  totals: Totals;
  /** Score by area: the share of read pages without an error. */
  score: Array<AreaScore>;
  /** Every pixel account on the site. */
  pixels: Array<PixelCoverage>;
  /** Coverage by page template. */
  templates: Array<TemplateCoverage>;
  /** Every page. */
  pages: Array<ReportPage>;
  /** Findings, worst first. */
  findings: Array<Finding>;
  /** Rules that this audit could not check, and why. */
  not_checked: Array<NotChecked>;
  /** Audiences that the platforms can build. */
  audiences: unknown[];
  /** ROI readiness. */
  roi: unknown[];
  /** Companies that receive data. */
  recipients: Array<Recipient>;
  /** Journeys that were made, each in its passes. */
  journeys?: Array<JourneyRun>;
  /** How much of the store the audit takes. */
  kept?: Kept | null;
};

/** One line of the start page's list. */
export type AuditRow = {
  /** Id. */
  id: string;
  /** First address. */
  start_url: string;
  /** Host of the first address. */
  host: string;
  /** RFC 3339. */
  started: string;
  /** How far it came. */
  state: RunState;
  /** Pages with a row. */
  pages: number;
  /** Share of read pages with at least one active pixel, 0 to 1; null when no page was read. */
  coverage: number | null;
  /** Pages with duplicates. */
  duplicates: number;
  /** Findings that are errors. */
  errors: number;
};

/** State of an open audit. */
export type AuditState = {
  /** What ran. */
  head: AuditHead;
  /** How far it came. */
  state: RunState;
  /** Phase, while it runs here. */
  phase: Phase | null;
  /** Live counts, or the final ones. */
  counts: Counts;
  /** Secrets that it was begun with and can't go on without: to be given anew. */
  needs: Array<Secret>;
};

/** One request to a vendor, seen in the browser. */
export type Beacon = {
  /** Number on the page, from 1. */
  id: number;
  /** Pass in which it was sent. */
  pass: Pass;
  /** Part of the pass. */
  phase: PassPhase;
  /** Number of the journey's step, or of the act of exercise, in which it was sent. */
  step?: number | null;
  /** Milliseconds after the navigation began. */
  at_ms: number;
  /** HTTP method. */
  method: string;
  /** Address of the hop that the vendor claims. */
  url: string;
  /** Header fields that say what the body is and where it comes from: `content-type`, `content-encoding`, `origin`, `referer`, and those of the sender's own (`x-…`). */
  headers?: {
    [key in string]: string
  };
  /** Body as text. */
  body?: string | null;
  /** Body as base64, where it is not text. */
  body_base64?: string | null;
  /** Status of the answer. */
  status: number | null;
  /** Recorded and answered on this machine. */
  held: boolean;
  /** Catalogue id. */
  vendor: string | null;
  /** What it is to the vendor. */
  kind: RequestKind;
  /** Script, or document, that sent it, and the place in it. */
  initiator?: Position | null;
  /** Scripts on the stack, from the one that sent it to the one that began it. */
  chain?: Array<string>;
  /** The rule of a loaded filter list that calls it a tracker's, where no vendor claims it. */
  listed?: string | null;
  /** State of consent as the request says it. */
  consent?: string | null;
  /** Sent while the page was left. */
  leaving?: boolean;
  /** Why no answer came. */
  error?: string | null;
};

/** What becomes of requests that carry events. */
export type Beacons = "held" | "send";

/** State of a pixel on a page. */
export type Cell = "active" | "duplicate" | "gated" | "image-only" | "inert" | "missing" | "not-checked" | "could-not-look";

/** What became of something between two audits. */
export type Change = "new" | "lost" | "changed";

/** The way of a click id through a journey. */
export type ClickTrail = {
  /** Query parameter. */
  parameter: string;
  /** The probe value. */
  value: string;
  /** Where it was kept in the browser. */
  stored: Array<StoredClick>;
  /** What became of it for each vendor of the click id, and for each that sent it. */
  vendors: Array<ClickVerdict>;
};

/** What became of a click id for one vendor. */
export type ClickVerdict = {
  /** Catalogue id. */
  vendor: string;
  /** Its conversion could be credited to the click. */
  kept: boolean | null;
  /** Steps whose requests carried it. */
  sent_in: Array<number>;
  /** Step in which it was lost. */
  lost_in?: number | null;
  /** In a sentence. */
  why: string;
};

/** Consent markup seen in the source. */
export type Consent = {
  /** Consent platforms, by id (`onetrust`, `cookiebot`, …). */
  platforms: Array<string>;
  /** Google Consent Mode defaults, by signal. */
  google_consent_mode?: {
    [key in string]: string
  };
  /** Consent calls in document order: `gtag consent default`, `fbq consent revoke` … */
  calls?: Array<ConsentCall>;
};

/** A call that tells a vendor's library what the visitor allows. */
export type ConsentCall = {
  /** Catalogue id. */
  vendor: string;
  /** `default`, `update`, `revoke`, `grant`, `hold`, `options`. */
  action: string;
  /** Signals and their values, as in the call. */
  values: Record<string, unknown>;
  /** Where it stands. */
  at: Position;
};

/** A message in the console that a vendor's script wrote. */
export type ConsoleLine = {
  /** Pass. */
  pass: Pass;
  /** Milliseconds after the navigation began. */
  at_ms: number;
  /** `log`, `warning`, `error`, `exception`, or the browser's own source. */
  level: string;
  /** What it says. */
  text: string;
  /** Script that said it. */
  source?: string | null;
  /** Catalogue id of the script's vendor. */
  vendor?: string | null;
};

/** Live counts of a run. */
export type Counts = {
  /** Addresses known. */
  found: number;
  /** Pages fetched and read. */
  fetched: number;
  /** Pages that could not be read. */
  failed: number;
  /** Requests under way. */
  in_flight: number;
  /** Pages a second over the last seconds. */
  rate: number;
  /** Milliseconds since the start, without pauses. */
  elapsed_ms: number;
  /** Bytes received. */
  bytes: number;
};

/** What a request says. */
export type Decoded = {
  /** Catalogue id; null when no vendor claims the request. */
  vendor: string | null;
  /** Kind of the request. */
  kind: RequestKind;
  /** Events in the request, one per account and name. */
  events: Array<DecodedEvent>;
};

/** One event inside a request. */
export type DecodedEvent = {
  /** Account the event was sent for. */
  account: string | null;
  /** The vendor's own spelling. */
  name: string;
  /** Standard, custom or automatic. */
  class: EventClass;
  /** What it means across vendors. */
  stage: Stage;
  /** Parameters, decoded. */
  params: Record<string, unknown>;
  /** Deduplication id. */
  event_id: string | null;
  /** Page address as sent. */
  page: string | null;
  /** User-data fields and their form: `plain`, `sha256`, `md5`. */
  user_data: {
    [key in string]: string
  };
  /** Consent state as sent, if any. */
  consent: string | null;
};

/** One difference of a page. */
export type DiffItem = {
  /** What differs. */
  kind: DiffKind;
  /** How. */
  change: Change;
  /** Catalogue id of the vendor. */
  vendor?: string | null;
  /** Account, or the accounts of an event joined by a comma. */
  account?: string | null;
  /** Name of the event. */
  event?: string | null;
  /** Name of the parameter. */
  param?: string | null;
  /** State, number or value before. */
  before?: string | null;
  /** State, number or value after. */
  after?: string | null;
};

/** Kinds of things compared. */
export type DiffKind = "page" | "pixel" | "event" | "param";

/** One of the audits compared. */
export type DiffSide = {
  /** Id. */
  id: string;
  /** First address. */
  start_url: string;
  /** RFC 3339. */
  started: string;
  /** Every page in scope was looked at. */
  complete: boolean;
  /** Pages with a row. */
  pages: number;
  /** Pages read. */
  read: number;
};

/** Another page of the audit that a page repeats. */
export type Duplicate = {
  /** Its address. */
  url: string;
  /** How that is known. */
  by: DuplicateBy;
};

/** How it is known that a page repeats another. */
export type DuplicateBy = "content" | "canonical";

/** Kinds of error the window tells apart. */
export type ErrorCode = "bad-input" | "not-found" | "cannot-write" | "internal";

/** An event that a page declares, sends, or both. */
export type Event = {
  /** Catalogue id of the vendor. */
  vendor: string;
  /** Accounts the event goes to; empty when no account is known. */
  accounts: Array<string>;
  /** The vendor's own spelling as in the call. */
  name: Text;
  /** Standard, custom or automatic. */
  class: EventClass;
  /** What the event means across vendors. */
  stage: Stage;
  /** Parameters; `{"expr": …}` where not constant. */
  params: Record<string, unknown>;
  /** The advertiser's deduplication id. */
  event_id?: Text | null;
  /** How it got onto the page. */
  via: Via;
  /** When it is sent. */
  trigger: Trigger;
  /** Whether it runs. */
  state: State;
  /** An optimiser runs it later. */
  delayed?: boolean;
  /** Who put it there. */
  installer?: string | null;
  /** What it waits for, when gated. */
  gate?: string | null;
  /** Place in the page's order of execution, installs and events counted together, from 1; 0 where it isn't known. */
  order?: number;
  /** Alternative it belongs to, numbered within the page: code of one group but of different branches (`if` and `else`, two listeners) never runs together; code of the same group and branch always does. */
  branch?: [number, number] | null;
  /** Where it stands. */
  at: Position;
  /** Excerpt of the source. */
  code: string;
  /** The source declares it. */
  declared: boolean;
  /** Whether it was seen leaving the page. */
  fired: Fired;
  /** Times seen per consent pass; empty when not looked. */
  count?: {
    [key in string]: number
  };
  /** Why declared and fired differ. */
  why?: string | null;
  /** Ids into the page's `beacons`. */
  beacons?: Array<number>;
  /** Seen only on this other page of the site, to which a consent pass went on to see whether the choice is kept. Nothing of it is this page's doing. */
  second_page?: string | null;
};

/** Kind of an event. */
export type EventClass = "standard" | "custom" | "automatic";

/** An event on the site. */
export type EventDiff = {
  /** What became of it. */
  change: Change;
  /** Catalogue id. */
  vendor: string;
  /** Accounts it goes to, joined by a comma. */
  accounts: string;
  /** Name, or the expression that gives it. */
  name: string;
  /** Pages that declared it. */
  pages_before: number;
  /** Pages that declare it. */
  pages_after: number;
};

/** Which events are meant. What isn't said may be anything. */
export type EventPattern = {
  /** Catalogue id. */
  vendor?: string | null;
  /** The vendor's own name of it. */
  name?: string | null;
  /** Account. */
  account?: string | null;
  /** Parameters, each equal. */
  params?: Record<string, unknown>;
  /** How many, exactly; at least one where it isn't said. */
  count?: number | null;
};

/** Events of the site, one row per vendor, account and name. */
export type EventRow = {
  /** Catalogue id. */
  vendor: string;
  /** Name of the vendor. */
  vendor_name: string;
  /** Accounts it goes to, joined by a comma. */
  accounts: string;
  /** Event name. */
  name: Text;
  /** Kind. */
  class: EventClass;
  /** Stage. */
  stage: Stage;
  /** Times declared. */
  count: number;
  /** Pages that declare it. */
  pages: number;
  /** Parameter names seen, most frequent first. */
  params: Array<string>;
  /** Triggers seen. */
  triggers: Array<string>;
  /** A page that declares it: row id. */
  example_page: number;
  /** Its address. */
  example_url: string;
};

/** What to show of the events. */
export type EventsQuery = {
  /** Part of the name, vendor or account. */
  search: string;
  /** Only this vendor. */
  vendor: string | null;
  /** Only this stage. */
  stage: Stage | null;
};

/** One piece of evidence. */
export type Evidence = {
  /** Address of the page. */
  page: string;
  /** Where in the source, if it is there. */
  at?: Position | null;
  /** Excerpt of the source or of the request. */
  excerpt?: string | null;
  /** What this piece shows: `first initialisation`, `second, by PixelYourSite`. */
  note: string;
};

/** One act of exercise on a page. */
export type ExerciseAct = {
  /** Pass. */
  pass: Pass;
  /** Number within the pass, from 1; beacons name it as their `step`. */
  number: number;
  /** What was done. */
  kind: ExerciseKind;
  /** On what. */
  on: string;
  /** Milliseconds after the navigation began. */
  at_ms: number;
  /** Address after it. */
  address: string;
  /** Requests that were held: pages that it would have led to, and what would have changed something. */
  held?: Array<string>;
};

/** Kind of an act of exercise. */
export type ExerciseKind = "scroll" | "open" | "type" | "route" | "bare-route" | "click" | "submit";

/** What to export. */
export type ExportRequest = {
  /** Folder to write to. */
  folder: string;
  /** Formats. */
  formats: Array<ReportFormat>;
  /** Client named on the report. */
  client: string | null;
};

/** A file written by an export. */
export type ExportedFile = {
  /** Full path. */
  path: string;
  /** Bytes. */
  bytes: number;
};

/** A vendor's library that a page asked for and did not get. */
export type FailedLibrary = {
  /** Pass. */
  pass: Pass;
  /** Catalogue id. */
  vendor: string;
  /** Address. */
  url: string;
  /** Why it did not load, in words. */
  reason: string;
};

/** How a page was fetched. */
export type Fetch = {
  /** What became of it. */
  outcome: PageOutcome;
  /** The reason in words, where the outcome is not `ok`. */
  reason?: string | null;
  /** Status of the last answer. */
  status: number | null;
  /** Address after redirects. */
  final_url: string;
  /** Redirects, first to last. */
  redirects: Array<Hop>;
  /** Clicks from the start page. */
  depth: number;
  /** Page that named this one. */
  referrer: string | null;
  /** How it was found. */
  found_by: FoundBy;
  /** `Content-Type` as sent. */
  content_type: string | null;
  /** Bytes of the body after decompression. */
  bytes: number;
  /** Milliseconds from request to the end of the body. */
  elapsed_ms: number;
  /** What the page is likely to be, although it answered well. */
  hints?: Array<PageHint>;
  /** The series without end that the page is a sample of. */
  trap?: Trap | null;
  /** Header fields of the answer that say something of the page, names in lower case: `etag`, `last-modified`, `link`, `refresh`, `x-robots-tag`. */
  headers?: {
    [key in string]: string
  };
};

/** Something wrong. One cause on many pages is one finding. */
export type Finding = {
  /** Stable id within an audit, derived from rule and cause. */
  id: string;
  /** Rule id, such as `duplicate-init`. */
  rule: string;
  /** How bad. */
  severity: Severity;
  /** Area of the score. */
  area: Area;
  /** Vendor concerned. */
  vendor: string | null;
  /** Account concerned. */
  account: string | null;
  /** One sentence in plain words. */
  message: string;
  /** Why it matters. */
  why: string;
  /** What to do. */
  fix: string;
  /** Corrected code to paste, where one exists. */
  snippet?: string | null;
  /** The cause, where the rule proves one. */
  cause?: string | null;
  /** Who must act. */
  actor: Actor;
  /** Page templates concerned (`/product/*`). */
  templates: Array<string>;
  /** How many pages. */
  page_count: number;
  /** Pages concerned. Reports list all; the window asks for them by page. */
  pages: Array<string>;
  /** Evidence, at least one piece. */
  evidence: Array<Evidence>;
};

/** A finding in one or both audits. */
export type FindingDiff = {
  /** What became of it. */
  change: Change;
  /** Id of the finding. */
  id: string;
  /** The rule. */
  rule: string;
  /** Severity, of the later audit where it has the finding. */
  severity: Severity;
  /** What was found, in the words of the same. */
  message: string;
  /** Pages before. */
  pages_before: number;
  /** Pages after. */
  pages_after: number;
};

/** A finding in a list. */
export type FindingRow = {
  /** The finding; `pages` and `evidence` cut to the first few. */
  finding: Finding;
  /** Name of the vendor concerned. */
  vendor_name: string | null;
  /** Reason given for ignoring it. */
  ignored: string | null;
};

/** Findings of an audit, and the rules that could not be checked. */
export type FindingsView = {
  /** Worst first. */
  rows: Array<FindingRow>;
  /** Rules not checked. */
  not_checked: Array<NotChecked>;
};

/** A hint that a script tells visitors apart by their machines. More than a hint it is not: each technique has honest uses. */
export type Fingerprint = {
  /** Pass in which it was first seen. */
  pass: Pass;
  /** Part of the pass. */
  phase: PassPhase;
  /** What was looked at. */
  technique: Technique;
  /** Script that did it, or the document. */
  script: string;
  /** Line in it, from 1. */
  line?: number | null;
  /** Of the page's own site. */
  first_party: boolean;
  /** Catalogue id of the script's vendor. */
  vendor?: string | null;
  /** What was seen, in words. */
  detail: string;
};

/** Whether an event left the page. `NotLooked` is not `Never`. */
export type Fired = "seen" | "never" | "not-looked" | "could-not-look";

/** How an address was found. */
export type FoundBy = "start" | "list" | "sitemap" | "anchor" | "area" | "canonical" | "next" | "frame" | "meta-refresh" | "redirect" | "alternate" | "feed" | "structured-data" | "file" | "rendered" | "script";

/** One hop of a redirect chain. */
export type Hop = {
  /** Address that answered with a redirect. */
  url: string;
  /** Status of that answer; 0 for a meta refresh. */
  status: number;
};

/** A pixel installed on a page. */
export type Install = {
  /** Catalogue id, such as `meta-pixel`. */
  vendor: string;
  /** Account (pixel id, measurement id, container id); null where the page doesn't say. */
  account: string | null;
  /** What stands where the account belongs and is none: a mark that a template left, words of an example. */
  placeholder?: string | null;
  /** How it got onto the page. */
  via: Via;
  /** Whether it runs. */
  state: State;
  /** An optimiser (WP Rocket, LiteSpeed, Perfmatters …) runs it later. */
  delayed?: boolean;
  /** The install is only the library's load; no call initialises the account. */
  library_only?: boolean;
  /** Nothing on the page installs it: its events alone show that something else does (a tag manager, another script). */
  by_events?: boolean;
  /** Who put it there, where a fingerprint tells: `PixelYourSite`, `Shopify`, `GTM-XXXX tag 14` … */
  installer?: string | null;
  /** What it waits for, when gated: `cookiebot: marketing`. */
  gate?: string | null;
  /** When the call runs. */
  trigger: Trigger;
  /** Place in the page's order of execution, installs and events counted together, from 1; 0 where it isn't known. */
  order?: number;
  /** Alternative it belongs to, numbered within the page: code of one group but of different branches (`if` and `else`, two listeners) never runs together; code of the same group and branch always does. */
  branch?: [number, number] | null;
  /** Where it stands. */
  at: Position;
  /** Excerpt of the source, at most [`MAX_EXCERPT`] characters. */
  code: string;
};

/** A journey, as its file says it. */
export type Journey = {
  /** Name for people. */
  name: string;
  /** File that it stands in. */
  file: string;
  /** Address that relative ones hang on; without it, that of the page before. */
  start?: string | null;
  /** Query parameter by which an ad platform knows the click that led here; a value of it is added to the first address. */
  click_id?: string | null;
  /** Passes to run it in; the audit's where empty. */
  consent?: Array<Pass>;
  /** What the visitor does. */
  steps: Array<JourneyStep>;
};

/** How a journey went in one pass, in a line. */
export type JourneyLine = {
  /** Its name. */
  journey: string;
  /** The pass. */
  pass: Pass;
  /** The worst that happened to one of its steps: done, not met or failed. */
  worst: StepOutcome;
  /** In a sentence. */
  summary: string;
};

/** A journey that was made, in one pass. */
export type JourneyRun = {
  /** Its name. */
  journey: string;
  /** Its file. */
  file: string;
  /** The pass. */
  pass: Pass;
  /** It came to its end: every step could be done. */
  completed: boolean;
  /** Why not, or what could not be captured. */
  problems?: Array<string>;
  /** How the banner of its first page was answered, in a pass that answers it. */
  consent?: PassConsent | null;
  /** What was done. */
  steps: Array<StepRun>;
  /** What each platform would have recorded, in order. */
  events: Array<RecordedEvent>;
  /** What became of the click id. */
  click_id?: ClickTrail | null;
  /** Requests to vendors. */
  beacons: Array<Beacon>;
  /** Values of the probe identity that were typed and left to somebody else. */
  typed?: Array<TypedLeak>;
  /** Cookies at the end. */
  cookies: Array<SetCookie>;
};

/** A journey that was made, in one pass. */
export type JourneyRunView = {
  /** How it went, in a line. */
  line: JourneyLine;
  /** The journey. */
  run: JourneyRun;
  /** What each of its `beacons` says, in their order. */
  said: Array<Array<DecodedEvent>>;
  /** Where the click id was kept, in words. */
  kept: Array<string>;
};

/** A step of a journey. */
export type JourneyStep = {
  /** Line of the file. */
  line: number;
} & ({
  "do": "goto";
  /** Address, or a path of the page before. */
  to: string;
} | {
  "do": "click";
  /** The element. */
  on: string;
} | {
  "do": "fill";
  /** The text: as it is, `probe:email` for a value of the probe identity, `env:NAME` for one of the environment, which is never kept. */
  value: string;
  /** The field. */
  into: string;
} | {
  "do": "select";
  /** Its value or text. */
  value: string;
  /** The field. */
  from: string;
} | {
  "do": "wait";
  /** For what. */
  until: JourneyWait;
  /** At most so many seconds; with nothing to wait for, exactly so many. */
  seconds: number;
} | {
  "do": "expect";
  /** The event. */
  event: EventPattern;
  /** Time that it may take, in seconds. */
  seconds: number;
  /** Passes in which it is expected; all of the journey's where empty. */
  passes?: Array<Pass>;
});

/** A journey of an audit, and how it went in each of its passes. */
export type JourneyView = {
  /** What it was asked to do. */
  journey: Journey;
  /** What each of its steps does, in words. */
  steps: Array<string>;
  /** How it went; empty as long as it wasn't made. */
  runs: Array<JourneyRunView>;
};

/** What a step waits for. */
export type JourneyWait = {
  "for": "selector";
  /** The element. */
  selector: string;
} | {
  "for": "url";
  /** Pattern of the address, or of its path and query. */
  url: string;
} | {
  "for": "event";
  /** The event. */
  event: EventPattern;
} | {
  "for": "time"
};

/** What the store keeps of an audit's pages, without the indexes over them. */
export type Kept = {
  /** Pages. */
  pages: number;
  /** Bytes of all of them. A source that several pages share, or another audit too, counts once. */
  bytes: number;
  /** Bytes of one page on average; zero without pages. */
  bytes_per_page: number;
};

/** One load of a vendor's library. */
export type Library = {
  /** Catalogue id. */
  vendor: string;
  /** Account named in the library's address, if any. */
  account: string | null;
  /** Address as written. */
  src: string;
  /** Whether it runs. */
  state: State;
  /** Where it stands. */
  at: Position;
};

/** How to look. */
export type Mode = "source" | "browser" | "both";

/** A rule that could not be checked. */
export type NotChecked = {
  /** The rule. */
  rule: RuleInfo;
  /** Why. */
  reason: string;
};

/** The first screen of an audit. */
export type Overview = {
  /** Sums. */
  totals: Totals;
  /** Score by area. */
  score: Array<AreaScore>;
  /** Coverage per pixel account. */
  pixels: Array<PixelCoverage>;
  /** Templates, most pages first. */
  templates: Array<TemplateCoverage>;
  /** Templates with untracked pages, worst first. */
  untracked: Array<TemplateCoverage>;
  /** Findings about duplicates. */
  duplicates: Array<FindingRow>;
  /** Worst findings, at most ten. */
  worst: Array<FindingRow>;
  /** How many rules could not be checked in this mode. */
  not_checked: number;
  /** Journeys that were made, in a line a pass. */
  journeys: Array<JourneyLine>;
  /** What the store keeps of it; not counted while it runs. */
  kept: Kept | null;
};

/** A page: how it was fetched, and what it declares. With `file` set it is also a line of `inspect --ndjson`. */
export type Page = {
  /** File the page was read from (`inspect`). */
  file?: string | null;
  /** Address asked for. */
  url: string;
  /** Pixels installed, in document order. */
  installs: Array<Install>;
  /** Events declared or sent, in document order. */
  events: Array<Event>;
  /** Loads of vendors' libraries. */
  libraries: Array<Library>;
  /** Tag-manager containers whose tags were read: what they bring stands among installs and events. */
  containers?: Array<string>;
  /** Consent markup. */
  consent: Consent;
  /** Findings of this page alone. In an audit's report they stand in the report's `findings`. */
  findings: Array<Finding>;
  /** What could not be read, in words. */
  problems?: Array<string>;
  /** `<title>`. */
  title: string | null;
  /** `<link rel=canonical>`, resolved. */
  canonical: string | null;
  /** The page asks search engines not to list it. */
  noindex: boolean;
  /** What the page is evidently for. */
  kinds: Array<PageKind>;
  /** Empty until scripts run, so that source mode can't judge it. */
  needs_browser: boolean;
  /** Why a browser did not look at the page, in an audit in which it looks at others. */
  not_looked?: string | null;
  /** Browser passes, in their order; none in source mode. */
  passes?: Array<PassEnd>;
  /** Requests to vendors, seen in the browser. */
  beacons?: Array<Beacon>;
  /** Vendors' libraries that did not load in a pass. */
  failed_libraries?: Array<FailedLibrary>;
  /** Cookies that were there at the end of each pass. */
  cookies?: Array<SetCookie>;
  /** What was stored besides cookies in each pass, by key. */
  storage?: Array<Stored>;
  /** Hints that scripts tell visitors apart by their machines. */
  fingerprints?: Array<Fingerprint>;
  /** What vendors' scripts wrote into the console. */
  console?: Array<ConsoleLine>;
  /** What was done on the page by way of exercise. */
  exercise?: Array<ExerciseAct>;
  /** Values of the probe identity that were typed into its forms and left to somebody else. */
  typed?: Array<TypedLeak>;
  /** How the fetch went; absent for a page read from a file. */
  fetch?: Fetch | null;
};

/** A page with everything known of it. */
export type PageDetail = {
  /** Row id. */
  id: number;
  /** Template. */
  template: string;
  /** The page. */
  page: Page;
  /** Findings that name it. */
  findings: Array<Finding>;
  /** Source of the page was kept and can be asked for. */
  has_source: boolean;
  /** Pictures that were kept and can be asked for. */
  pictures?: Array<Picture>;
  /** The page of the audit that this one repeats. */
  duplicate_of?: Duplicate | null;
  /** What each of the page's `beacons` says, in their order. */
  said?: Array<Array<DecodedEvent>>;
  /** What left in each act of the page's `exercise`, in their order. */
  provoked?: Array<Array<Provoked>>;
};

/** The differences of a page. */
export type PageDiff = {
  /** Address, of the later audit where it has the page. */
  url: string;
  /** Template, of the same. */
  template: string;
  /** What differs. */
  items: Array<DiffItem>;
};

/** What a page that answered well is likely to be all the same. */
export type PageHint = "soft-404" | "login-wall";

/** What a page is evidently for, read from structured data, Open Graph, forms and its address. */
export type PageKind = "home" | "product" | "category" | "cart" | "checkout" | "confirmation" | "search-results" | "registration" | "login" | "contact" | "article" | "policy";

/** What became of a page. A page that fails is a row, never an error. */
export type PageOutcome = "ok" | "http-error" | "redirected-away" | "redirected" | "redirect-loop" | "too-many-redirects" | "blocked-by-robots" | "not-html" | "too-large" | "too-deep" | "timed-out" | "dns-failed" | "connection-failed" | "tls-failed" | "bad-response" | "refused" | "analysis-timed-out" | "analysis-failed";

/** One row of the page matrix. */
export type PageRow = {
  /** Row id, for `page`. */
  id: number;
  /** Address. */
  url: string;
  /** Path and query, for display. */
  path: string;
  /** Title. */
  title: string | null;
  /** Template. */
  template: string;
  /** Status of the last answer. */
  status: number | null;
  /** What became of it. */
  outcome: PageOutcome;
  /** Why, in words, where not `ok`. */
  reason: string | null;
  /** One cell per column. */
  cells: Array<Cell>;
  /** Installs on the page. */
  installs: number;
  /** Events on the page. */
  events: number;
  /** Findings that name the page. */
  findings: number;
  /** Worst of them. */
  worst: Severity | null;
};

/** What to show of the pages. All conditions hold together. */
export type PagesQuery = {
  /** Part of the address or the title. */
  search: string;
  /** Only this template. */
  template: string | null;
  /** Only pages without an active install of this pixel. */
  missing: PixelKey | null;
  /** Only pages with an active install of this pixel. */
  with: PixelKey | null;
  /** Only pages read that carry no active pixel. */
  untracked: boolean;
  /** Only pages with duplicates. */
  duplicates: boolean;
  /** Only pages of this finding. */
  finding: string | null;
  /** Only this outcome. */
  outcome: PageOutcome | null;
  /** Only pages that could not be read. */
  failed: boolean;
  /** Column to sort by. */
  sort: PagesSort;
  /** Largest first. */
  descending: boolean;
  /** First row wanted. */
  offset: number;
  /** Rows wanted, at most 500. */
  limit: number;
};

/** Columns that pages sort by. */
export type PagesSort = "order" | "url" | "title" | "template" | "status" | "installs" | "events" | "findings";

/** A window of page rows. */
export type PagesWindow = {
  /** Rows that match. */
  total: number;
  /** Columns: pixel accounts, most pages first. */
  pixels: Array<PixelCoverage>;
  /** The rows asked for. */
  rows: Array<PageRow>;
};

/** How often and under which choice of the visitor a page was looked at. */
export type Pass = "none" | "reject" | "accept" | "gpc";

/** How a banner was answered in a pass. */
export type PassConsent = {
  /** Banner, by the name that the rules for it have, or the platform whose cookie was read. */
  platform: string | null;
  /** Its first layer offers to refuse. */
  reject_offered: boolean;
  /** What became of the choice. */
  verdict: Verdict;
  /** Whence that is known, or why not. */
  why: string;
  /** Milliseconds after the navigation began at which it was answered. */
  at_ms: number | null;
};

/** How a pass went. */
export type PassEnd = {
  /** Pass. */
  pass: Pass;
  /** The page was loaded and could be watched to its end. */
  looked: boolean;
  /** How the banner was answered, in a pass that answers it. */
  consent?: PassConsent | null;
  /** Why not, or what could not be captured. */
  problems?: Array<string>;
  /** Address at the end. */
  address: string;
  /** Milliseconds to the load. */
  load_ms: number | null;
  /** Requests were held against a filter list. */
  listed?: boolean;
};

/** Part of a pass. */
export type PassPhase = "before" | "after" | "again" | "second";

/** Where a run is. */
export type Phase = "crawling" | "paused" | "finishing" | "done";

/** A picture that is kept and can be asked for. */
export type Picture = {
  /** Number on the page, from 1. */
  n: number;
  /** What it shows. */
  of: PictureOf;
  /** Pass in which it was taken. */
  pass: Pass;
};

/** What a picture shows. */
export type PictureOf = "page" | "banner";

/** How much of the site carries a pixel account. */
export type PixelCoverage = {
  /** Catalogue id. */
  vendor: string;
  /** Name of the vendor. */
  name: string;
  /** Account, null where the page doesn't say. */
  account: string | null;
  /** Pages on which it is active. */
  pages_with: number;
  /** Pages on which it only waits for consent. */
  pages_gated: number;
  /** Pages with only a noscript or image form. */
  pages_image_only: number;
  /** Read pages without it. */
  pages_without: number;
  /** `pages_with` over read pages, 0 to 1. */
  coverage: number;
};

/** A pixel account on the site. */
export type PixelDiff = {
  /** What became of it. */
  change: Change;
  /** Catalogue id. */
  vendor: string;
  /** Name of the vendor. */
  name: string;
  /** Account. */
  account: string | null;
  /** Pages on which it was active. */
  pages_before: number;
  /** Pages on which it is active. */
  pages_after: number;
};

/** A pixel account. */
export type PixelKey = {
  /** Catalogue id. */
  vendor: string;
  /** Account. */
  account: string | null;
};

/** Where something stands in a document. Lines and columns count from 1; columns count characters. */
export type Position = {
  /** File name or URL of the document or script. */
  source: string;
  /** Line, from 1. */
  line: number;
  /** Column, from 1. */
  column: number;
};

/** One message of a running audit. A lost message costs a redraw, never data. */
export type Progress = {
  "type": "started";
  /** Its id. */
  audit: string;
} | {
  "type": "counts"
} & Counts | {
  "type": "phase";
  /** New phase. */
  phase: Phase;
} | {
  "type": "notice";
  /** One sentence. */
  message: string;
} | {
  "type": "done";
  /** Every page in scope was looked at. */
  complete: boolean;
  /** Why not, where it wasn't. */
  reason: string | null;
};

/** A request that left in an act of exercise. */
export type Provoked = {
  /** Number of the beacon. */
  beacon: number;
  /** Catalogue id of the vendor it went to. */
  vendor: string | null;
  /** Names of the events in it. */
  events: Array<string>;
};

/** A company that receives data from the site. */
export type Recipient = {
  /** Company. */
  owner: string;
  /** ISO 3166 alpha-2. */
  country: string;
  /** Vendors of the company on this site. */
  vendors: Array<string>;
  /** What for. */
  purposes: Array<string>;
  /** Pages concerned. */
  pages: number;
};

/** An event of a journey, as the platform would have recorded it. */
export type RecordedEvent = {
  /** Number of the step in which it left. */
  step: number;
  /** Catalogue id. */
  vendor: string;
  /** Account. */
  account: string | null;
  /** The vendor's own name of it. */
  name: string;
  /** Standard, custom or automatic. */
  class: EventClass;
  /** What it means across vendors. */
  stage: Stage;
  /** Amount. */
  value?: unknown;
  /** Currency of the amount. */
  currency?: string | null;
  /** Deduplication id. */
  event_id?: string | null;
  /** Fields of the request that carry the click id. */
  click_id?: Array<string>;
  /** State of consent as the request says it. */
  consent?: string | null;
  /** All parameters. */
  params: Record<string, unknown>;
  /** Its request, by id. */
  beacon: number;
};

/** Formats of a report. */
export type ReportFormat = "json" | "html" | "csv" | "har";

/** A page in the report: the page and its template. */
export type ReportPage = {
  /** Page template, `/product/*`. */
  template: string;
  /** Status of the last answer. */
  status: number | null;
  /** What became of the page. */
  outcome: PageOutcome;
  /** Address after redirects. */
  final_url: string;
  /** Clicks from the start page. */
  depth: number;
  /** Page that named this one. */
  referrer: string | null;
  /** The page that this one repeats. */
  duplicate_of?: Duplicate | null;
  /** File the page was read from (`inspect`). */
  file?: string | null;
  /** Address asked for. */
  url: string;
  /** Pixels installed, in document order. */
  installs: Array<Install>;
  /** Events declared or sent, in document order. */
  events: Array<Event>;
  /** Loads of vendors' libraries. */
  libraries: Array<Library>;
  /** Tag-manager containers whose tags were read: what they bring stands among installs and events. */
  containers?: Array<string>;
  /** Consent markup. */
  consent: Consent;
  /** Findings of this page alone. In an audit's report they stand in the report's `findings`. */
  findings: Array<Finding>;
  /** What could not be read, in words. */
  problems?: Array<string>;
  /** `<title>`. */
  title: string | null;
  /** `<link rel=canonical>`, resolved. */
  canonical: string | null;
  /** The page asks search engines not to list it. */
  noindex: boolean;
  /** What the page is evidently for. */
  kinds: Array<PageKind>;
  /** Empty until scripts run, so that source mode can't judge it. */
  needs_browser: boolean;
  /** Why a browser did not look at the page, in an audit in which it looks at others. */
  not_looked?: string | null;
  /** Browser passes, in their order; none in source mode. */
  passes?: Array<PassEnd>;
  /** Requests to vendors, seen in the browser. */
  beacons?: Array<Beacon>;
  /** Vendors' libraries that did not load in a pass. */
  failed_libraries?: Array<FailedLibrary>;
  /** Cookies that were there at the end of each pass. */
  cookies?: Array<SetCookie>;
  /** What was stored besides cookies in each pass, by key. */
  storage?: Array<Stored>;
  /** Hints that scripts tell visitors apart by their machines. */
  fingerprints?: Array<Fingerprint>;
  /** What vendors' scripts wrote into the console. */
  console?: Array<ConsoleLine>;
  /** What was done on the page by way of exercise. */
  exercise?: Array<ExerciseAct>;
  /** Values of the probe identity that were typed into its forms and left to somebody else. */
  typed?: Array<TypedLeak>;
  /** How the fetch went; absent for a page read from a file. */
  fetch?: Fetch | null;
};

/** A request to decode. */
export type Request = {
  /** HTTP method; `GET` when absent. */
  method: string;
  /** Address. */
  url: string;
  /** Body as text; binary bodies as base64 in `body_base64`. */
  body?: string | null;
  /** Body as base64, where it is not text. */
  body_base64?: string | null;
  /** Header fields by lower-case name. */
  headers?: {
    [key in string]: string
  };
};

/** What a request is to the vendor that claims it. */
export type RequestKind = "event" | "library" | "config" | "sync" | "other";

/** A rule as shown to people. */
export type RuleInfo = {
  /** Rule id. */
  id: string;
  /** Severity unless the finding says otherwise. */
  severity: Severity;
  /** Area of the score. */
  area: Area;
  /** Who usually acts. */
  actor: Actor;
  /** What was found. */
  what: string;
  /** Why it matters. */
  why: string;
  /** What to do. */
  fix: string;
  /** Needs browser mode; in source mode it is listed as not checked. */
  needs_browser: boolean;
};

/** How far an audit came. */
export type RunState = "running" | "paused" | "complete" | "incomplete";

/** A kind of secret. */
export type Secret = "header" | "cookie" | "cookie-file" | "basic-auth" | "proxy";

/** Secrets as they are typed into the window. What is left empty isn't given. */
export type Secrets = {
  /** Header fields, `Name: value`, one a line. */
  headers: string;
  /** Cookies, `name=value`, one a line. */
  cookies: string;
  /** Path of a file of cookies in Netscape's format. */
  cookie_file: string;
  /** User for the server's own log-in. */
  user: string;
  /** Password of that user. */
  password: string;
  /** Address of a proxy, with user and password where it asks for them. */
  proxy: string;
};

/** A cookie that was there at the end of a pass. Its value is not kept. */
export type SetCookie = {
  /** Pass. */
  pass: Pass;
  /** Name. */
  name: string;
  /** Domain, with a leading dot where its subdomains get it too. */
  domain: string;
  /** Days until it ends; null for a cookie that ends with the browser. */
  days: number | null;
  /** Of the page's own site. */
  first_party: boolean;
  /** Scripts can't read it. */
  http_only: boolean;
  /** Catalogue id of the vendor that is known to set it. */
  vendor?: string | null;
  /** Part of the pass in which it was first set, where that was seen. */
  phase?: PassPhase | null;
  /** Milliseconds after the navigation began at which it was first set, where that was seen. */
  at_ms?: number | null;
  /** Who set it first, where that was seen. */
  by?: Writer | null;
};

/** How bad a finding is. Ordered: `Info < Warning < Error`. */
export type Severity = "info" | "warning" | "error";

/** Lifecycle stage: what an event means whatever the vendor calls it. */
export type Stage = "page-view" | "content-view" | "search" | "add-to-cart" | "add-to-wishlist" | "initiate-checkout" | "add-payment-info" | "purchase" | "lead" | "registration" | "contact" | "subscribe" | "start-trial" | "schedule" | "donate" | "other";

/** What the start page sends. */
export type StartRequest = {
  /** What was typed: a bare host, an address, or several, one a line. May be empty where there is a journey. */
  input: string;
  /** What is never kept. */
  secrets: Secrets | null;
  /** Everything else. */
  config: AuditConfig;
};

/** Whether the code runs when the page is shown. */
export type State = "active" | "gated" | "inert";

/** How a step went. */
export type StepOutcome = "done" | "not-meant" | "not-met" | "failed" | "not-reached";

/** A step that was made, or not. */
export type StepRun = {
  /** Its number, from 1. */
  number: number;
  /** Its line in the file. */
  line: number;
  /** What it does, in words. */
  what: string;
  /** How it went. */
  outcome: StepOutcome;
  /** Why it failed. */
  why?: string | null;
  /** Milliseconds after the journey began. */
  at_ms: number;
  /** Address of the page at its end. */
  address: string;
  /** What was seen instead of what was expected. */
  instead?: Array<string>;
};

/** Where a page keeps things besides cookies. */
export type StorageArea = "local" | "session" | "indexed-db";

/** Something that a page stored besides cookies, the first time in a pass. Its value is not kept. */
export type Stored = {
  /** Pass. */
  pass: Pass;
  /** Part of the pass. */
  phase: PassPhase;
  /** Milliseconds after the navigation began. */
  at_ms: number;
  /** Where. */
  area: StorageArea;
  /** Origin that it belongs to. */
  origin: string;
  /** Of the page's own site. */
  first_party: boolean;
  /** Key. */
  key: string;
  /** Length of the value in characters, where known. */
  length: number | null;
  /** Script that stored it, where known. */
  by?: Writer | null;
  /** Catalogue id of the vendor that is known to use the key, else of the script's. */
  vendor?: string | null;
};

/** A place in the browser that held the click id. */
export type StoredClick = {
  /** What it is: `cookie`, `local storage`, `session storage`. */
  place: string;
  /** Name of the cookie or key. */
  name: string;
  /** Domain of the cookie, or host of the page. */
  host: string;
  /** Catalogue id of the vendor that is known to keep it there. */
  vendor?: string | null;
  /** First step at whose end it was there. */
  first_step: number;
  /** Last step at whose end it was there. */
  last_step: number;
};

/** What a script looked at that tells a visitor's machine from others. */
export type Technique = "canvas" | "fonts" | "audio" | "webgl" | "webrtc" | "battery" | "devices";

/** What one page template carries. */
export type TemplateCoverage = {
  /** Template, `/product/*`. */
  template: string;
  /** Read pages of this shape. */
  pages: number;
  /** An address of this shape. */
  example: string;
  /** Pages without any active pixel. */
  untracked: number;
  /** Active pages per pixel account, in the order of the report's `pixels`. */
  pixels: Array<number>;
};

/** One kind of difference on pages of one template. */
export type TemplateDiff = {
  /** Template. */
  template: string;
  /** Pages concerned. */
  pages: number;
  /** The difference; `before` and `after` are those of the first page. */
  item: DiffItem;
  /** First page concerned. */
  example: string;
};

/** A value of a call that may be known only while the page runs. */
export type Text = string | {
  /** The expression as written. */
  expr: string;
};

/** Sums over the audit. */
export type Totals = {
  /** Addresses known. */
  found: number;
  /** Pages with a row. */
  pages: number;
  /** Pages whose content was read. */
  read: number;
  /** Pages that could not be read. */
  failed: number;
  /** Pages read that should be tracked and carry no active pixel. */
  untracked: number;
  /** Pages on which something is initialised or sent twice. */
  pages_with_duplicates: number;
  /** Installs. */
  installs: number;
  /** Events. */
  events: number;
  /** Findings that are errors. */
  errors: number;
  /** Findings that are warnings. */
  warnings: number;
  /** Findings that inform. */
  infos: number;
};

/** Why an address belongs to a series without end, of which only a sample is looked at. */
export type Trap = "repeating-path" | "calendar" | "query-variations" | "same-content";

/** What makes a call run. */
export type Trigger = "load" | "click" | "submit" | "route" | "scroll" | "timer" | "conditional" | "unknown";

/** A value that was typed into a form and left to somebody else. */
export type TypedLeak = {
  /** What it is: `email`, `phone` … */
  what: string;
  /** Pass. */
  pass: Pass;
  /** Step of the journey, or act of exercise, in which it left. */
  step?: number | null;
  /** When it left. */
  when: TypedWhen;
  /** Page that it left. */
  page: string;
  /** Host that got it. */
  host: string;
  /** Catalogue id of the vendor that the request is for. */
  vendor?: string | null;
  /** Field of the request, with the way to it. */
  field: string;
  /** Form, in words: `as plain text`, `as sha256 of the value in lower case`. */
  form: string;
  /** It is a hash. */
  hashed: boolean;
  /** A hash of what platforms ask for, so that it matches an account; true for what is no hash. */
  normalised: boolean;
  /** What it is packed in, from the outside. */
  packing?: Array<string>;
  /** Beginning of the request's address. */
  request: string;
  /** How many requests carried it so. */
  count: number;
};

/** When a typed value left. */
export type TypedWhen = "before-submit" | "on-leaving" | "after-click";

/** A vendor as shown to people. */
export type VendorInfo = {
  /** Catalogue id. */
  id: string;
  /** Name, `Meta Pixel`. */
  name: string;
  /** Two or three letters for narrow columns: neutral initials, never a logo. */
  initials: string;
  /** Company. */
  owner: string;
  /** ISO 3166 alpha-2 country of the company. */
  country: string;
  /** `advertising`, `analytics`, `tag-manager`, `session-replay`, `consent`, `marketing`. */
  purpose: string;
  /** Standard events known. */
  standard_events: number;
  /** Ways of installing known (calls, libraries, images, configurations). */
  install_forms: number;
  /** Beacon forms known. */
  beacon_forms: number;
  /** Worked examples that are its test. */
  examples: number;
  /** Read from the user's folder. */
  user: boolean;
  /** Prose for the reader, Markdown. */
  text: string;
};

/** What became of the visitor's choice. */
export type Verdict = "taken" | "not-evaluable" | "not-kept" | "not-answered" | "no-banner" | "bot-wall";

/** How an install or event got onto the page. */
export type Via = "script" | "noscript" | "image" | "container" | "attribute" | "config";

/** Who stored something. */
export type Writer = {
  /** How. */
  how: WrittenBy;
  /** Script, or the request whose answer it came with. */
  url: string;
  /** Line in the script, from 1. */
  line?: number | null;
  /** Catalogue id of the vendor whose script or host it is. */
  vendor?: string | null;
};

/** How something came to be stored. */
export type WrittenBy = "script" | "header";
