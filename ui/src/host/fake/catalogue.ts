// Vendors and rules that the fake audits mention: enough to fill every place of the window.

import type { Actor, Area, AuditConfig, RuleInfo, Severity, VendorInfo } from "../../gen/model";

function vendor(id: string, name: string, initials: string, owner: string, purpose: string): VendorInfo {
  const counts = { standard_events: 17, install_forms: 4, beacon_forms: 3, examples: 9 };
  return { id, name, initials, owner, country: "US", purpose, ...counts, user: false, text: "" };
}

export const VENDORS: VendorInfo[] = [
  vendor("google-tag-manager", "Google Tag Manager", "GTM", "Google", "tag-manager"),
  vendor("google-analytics-4", "Google Analytics 4", "GA4", "Google", "analytics"),
  vendor("meta-pixel", "Meta Pixel", "Me", "Meta Platforms", "advertising"),
  vendor("tiktok-pixel", "TikTok Pixel", "TT", "ByteDance", "advertising"),
  vendor("pinterest-tag", "Pinterest Tag", "Pi", "Pinterest", "advertising"),
  vendor("linkedin-insight", "LinkedIn Insight Tag", "Li", "Microsoft", "advertising"),
];

export function vendorName(id: string | null): string | null {
  return VENDORS.find((v) => v.id === id)?.name ?? null;
}

interface RuleText {
  what: string;
  why: string;
  fix: string;
}

function rule(
  id: string,
  severity: Severity,
  area: Area,
  actor: Actor,
  text: RuleText,
  browser = false,
): RuleInfo {
  return { id, severity, area, actor, ...text, needs_browser: browser };
}

export const RULES: RuleInfo[] = [
  rule("untracked-page", "error", "coverage", "developer", {
    what: "Pages carry no active pixel of any advertising or analytics vendor.",
    why: "Visits to these pages are in no report and no audience, so their share of a sale can't be measured.",
    fix: "Put the site-wide snippets into the template that these pages share.",
  }),
  rule("missing-pixel", "error", "coverage", "developer", {
    what: "An account that most pages carry is absent from some.",
    why: "The platform sees a gap in the visit and attributes what follows to nothing.",
    fix: "Load the same snippet on the pages listed.",
  }),
  rule("duplicate-init", "error", "duplicates", "developer", {
    what: "One account is initialised more than once on a page.",
    why: "Every page view and event can be counted twice, so costs per result look half of what they are.",
    fix: "Keep one of the two snippets and remove the other.",
  }),
  rule("duplicate-event", "error", "duplicates", "tag-manager", {
    what: "The same event is sent more than once in one page view.",
    why: "Conversions and revenue are counted twice.",
    fix: "Send the event from one place, with an event id.",
  }),
  rule("unknown-event", "warning", "correctness", "developer", {
    what: "An event name is not in the vendor's list but close to one that is.",
    why: "The platform files it as a custom event: optimisation and catalogue ads ignore it.",
    fix: "Use the vendor's spelling.",
  }),
  rule("missing-param", "error", "correctness", "developer", {
    what: "A standard event lacks a parameter that the vendor requires.",
    why: "Revenue can't be summed without a value and its currency.",
    fix: "Add the parameter to the call.",
  }),
  rule("init-without-event", "warning", "correctness", "marketing", {
    what: "A pixel is initialised and sends nothing, not even the page view.",
    why: "The account looks installed and stays empty.",
    fix: "Send the page view after the initialisation.",
  }),
  rule("invalid-account", "error", "correctness", "marketing", {
    what: "An account id does not have the vendor's form.",
    why: "The vendor drops what is sent to an account that doesn't exist.",
    fix: "Replace the id by the one in the vendor's settings.",
  }),
  rule(
    "fires-before-consent",
    "error",
    "privacy",
    "legal",
    {
      what: "Data leaves for an advertising vendor while the banner is unanswered.",
      why: "Consent has to come first.",
      fix: "Let the consent platform load the pixel.",
    },
    true,
  ),
  rule(
    "blocked-library",
    "warning",
    "correctness",
    "developer",
    {
      what: "A vendor's library could not be loaded.",
      why: "Nothing is sent.",
      fix: "Allow the library's host in the content security policy.",
    },
    true,
  ),
];

export const DEFAULT_CONFIG: AuditConfig = {
  start: [],
  list_only: false,
  sitemap_only: false,
  folder: null,
  mode: "source",
  max_pages: 500,
  max_depth: 1000,
  include: [],
  exclude: [],
  subdomains: false,
  concurrency: 8,
  per_host: null,
  rate: null,
  timeout_s: 20,
  ignore_robots: false,
  sitemaps: true,
  containers: true,
  user_agent: "Pixelproof/0.1.0 (privacy audit)",
  resolve: [],
  insecure: false,
  ca_file: null,
  max_body: 16 * 1024 * 1024,
  captures: true,
  passes: ["none", "reject", "accept"],
  beacons: "held",
  browser: null,
  browser_sample: null,
  exercise: false,
  filter_lists: [],
  journeys: [],
};
