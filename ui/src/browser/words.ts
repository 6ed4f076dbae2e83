// What the browser saw of a page, in words and in the order in which it is told.

import type {
  Beacon,
  Event,
  ExerciseAct,
  Mode,
  Page,
  PageDetail,
  Pass,
  PassEnd,
  PassPhase,
  Picture,
  Provoked,
  SetCookie,
  StorageArea,
  Stored,
  Technique,
  TypedLeak,
  TypedWhen,
  Verdict,
  Writer,
} from "../gen/model";
import { count, decimal } from "../kit/format";

/** All passes, in the order in which they are offered and shown. */
export const PASSES: Pass[] = ["none", "reject", "accept", "gpc"];

export const PASS_NAMES: Record<Pass, string> = {
  none: "Unanswered",
  reject: "Reject",
  accept: "Accept",
  gpc: "GPC",
};

export const NOT_CHECKED = "Not checked: source mode can't see this.";

/** Passes in which the banner is answered. */
function answers(pass: Pass): boolean {
  return pass === "reject" || pass === "accept";
}

const VERDICTS: Record<Verdict, string> = {
  taken: "Taken and kept",
  "not-evaluable": "Could not be evaluated",
  "not-kept": "Not kept",
  "not-answered": "Could not be answered this way",
  "no-banner": "No banner was shown",
  "bot-wall": "Blocked by a check for robots",
};

/** What became of the visitor's choice in a pass. */
export function verdict(end: PassEnd): string {
  if (!end.looked) return "Could not look";
  if (end.pass === "none") return "The banner is left unanswered";
  if (end.pass === "gpc") return "Opted out by signal; the banner is left unanswered";
  return end.consent
    ? VERDICTS[end.consent.verdict]
    : "Could not be evaluated: the page was not loaded in time";
}

/** A part of a pass, as the heading of what was sent in it. */
export function phaseName(pass: Pass, phase: PassPhase): string {
  switch (phase) {
    case "before":
      return answers(pass) ? "Before the answer" : "All of the pass: nobody answers";
    case "after":
      return pass === "accept" ? "After accepting" : "After rejecting";
    case "again":
      return "Page loaded again";
    case "second":
      return "Second page of the site";
  }
}

/** Why nothing is known of what a page sends; null where a browser looked, or tried to. */
export function notLooked(page: Page, mode: Mode): string | null {
  if ((page.passes ?? []).length > 0) return null;
  return mode === "source" ? NOT_CHECKED : "Not checked: no browser looked at this page.";
}

/** Why nothing is known of what a page sends and stores; null where a browser looked in some pass. */
export function unseen(page: Page, mode: Mode): string | null {
  const looked = (page.passes ?? []).some((end) => end.looked);
  return looked ? null : (notLooked(page, mode) ?? "Not checked: the browser could not look at this page.");
}

/** Passes in a list. */
export function passNames(passes: Pass[]): string {
  return passes.map((pass) => PASS_NAMES[pass]).join(", ");
}

/** Problems of the passes, each said once with the passes that met it. */
export function problems(page: Page): { passes: string; problem: string }[] {
  const out = new Map<string, Pass[]>();
  for (const end of page.passes ?? []) {
    for (const problem of end.problems ?? []) out.set(problem, [...(out.get(problem) ?? []), end.pass]);
  }
  return [...out].map(([problem, passes]) => ({
    problem,
    passes: passNames(passes),
  }));
}

/** What is said of an event: declared, seen, and why the two differ. */
export function sighting(event: Event, mode: Mode): string {
  const declared = event.declared ? "Declared" : "Not declared";
  switch (event.fired) {
    case "seen":
      return `${declared}, seen leaving`;
    case "never":
      return `${declared}, not seen leaving`;
    case "could-not-look":
      return `${declared}. The browser could not look`;
    case "not-looked":
      return mode === "source"
        ? `${declared}. ${NOT_CHECKED}`
        : `${declared}. Not checked: no browser looked.`;
  }
}

/** Times an event was seen, a pass each. */
export function times(event: Event): { pass: Pass; n: number }[] {
  return PASSES.flatMap((pass) => {
    const n = event.count?.[pass];
    return n === undefined ? [] : [{ pass, n }];
  });
}

/** A moment on the time axis, in seconds. */
export function moment(ms: number): string {
  return `${decimal(ms / 1000)} s`;
}

/** What became of a request. */
export function fate(beacon: Beacon): string {
  if (beacon.error) return "failed";
  const how = beacon.held ? "held" : "sent";
  return beacon.status === null || beacon.held ? how : `${how}, ${beacon.status}`;
}

export interface Part {
  phase: PassPhase;
  beacons: Beacon[];
}

export interface Lane {
  end: PassEnd;
  parts: Part[];
  total: number;
}

const PHASES: PassPhase[] = ["before", "after", "again", "second"];

/** Requests by pass and part, in the order in which they left. */
export function lanes(page: Page): Lane[] {
  return (page.passes ?? []).map((end) => {
    const of = (page.beacons ?? []).filter((beacon) => beacon.pass === end.pass);
    const parts = PHASES.map((phase) => ({
      phase,
      beacons: of.filter((b) => b.phase === phase).sort((a, b) => a.at_ms - b.at_ms || a.id - b.id),
    }));
    return { end, parts: parts.filter((part) => part.beacons.length > 0), total: of.length };
  });
}

/** End of the time axis, in milliseconds: all passes share it, so that they compare. */
export function horizon(page: Page): number {
  const moments = [
    ...(page.beacons ?? []).map((b) => b.at_ms),
    ...(page.passes ?? []).flatMap((end) => [end.load_ms ?? 0, end.consent?.at_ms ?? 0]),
  ];
  return Math.max(1000, Math.ceil(moments.reduce((a, b) => Math.max(a, b), 0) / 500) * 500);
}

export interface PassColumn {
  end: PassEnd;
  verdict: string;
  why: string | null;
  platform: string;
  offered: string;
  before: string;
  after: string;
  cookies: string;
}

/** A pass as a column of the comparison. Nothing is said of what nobody looked at. */
export function column(end: PassEnd, page: Page): PassColumn {
  const beacons = (page.beacons ?? []).filter((b) => b.pass === end.pass);
  const before = beacons.filter((b) => b.phase === "before").length;
  const unseen = end.looked ? null : "not checked";
  const answered =
    end.consent?.verdict !== undefined &&
    ["taken", "not-evaluable", "not-kept"].includes(end.consent.verdict);
  const shown = end.consent !== undefined && end.consent !== null && end.consent.verdict !== "no-banner";
  return {
    end,
    verdict: verdict(end),
    why: end.consent?.why ?? null,
    platform:
      unseen ?? end.consent?.platform ?? (answers(end.pass) ? (shown ? "unknown" : "none") : "not asked"),
    offered:
      unseen ??
      (shown ? (end.consent?.reject_offered ? "yes" : "no") : answers(end.pass) ? "no banner" : "not asked"),
    before: unseen ?? count(before),
    after: unseen ?? (answered ? count(beacons.length - before) : "no answer"),
    cookies: unseen ?? count((page.cookies ?? []).filter((c) => c.pass === end.pass).length),
  };
}

export interface CookieRow extends SetCookie {
  passes: Pass[];
}

/** Cookies, one row a name and domain, with the passes that they were there in. The longest life counts. */
export function cookieRows(cookies: SetCookie[]): CookieRow[] {
  const rows = new Map<string, CookieRow>();
  for (const cookie of cookies) {
    const key = `${cookie.domain}\n${cookie.name}`;
    const row = rows.get(key);
    if (!row) rows.set(key, { ...cookie, passes: [cookie.pass] });
    else {
      if (!row.passes.includes(cookie.pass)) row.passes.push(cookie.pass);
      if (cookie.days !== null) row.days = Math.max(row.days ?? 0, cookie.days);
    }
  }
  return [...rows.values()].sort(
    (a, b) =>
      Number(b.first_party) - Number(a.first_party) || compare(a.domain, b.domain) || compare(a.name, b.name),
  );
}

export const AREAS: Record<StorageArea, string> = {
  local: "local",
  session: "session",
  "indexed-db": "database",
};

export const TECHNIQUES: Record<Technique, string> = {
  canvas: "How text is drawn",
  fonts: "Fonts installed",
  audio: "How sound is computed",
  webgl: "Name of the graphics card",
  webrtc: "Network addresses",
  battery: "State of the battery",
  devices: "Cameras and microphones",
};

/** Who stored something: the file of a script and its line, or the host that answered. */
export function writerName(by: Writer | null | undefined): string {
  if (!by) return "not seen";
  let url: URL;
  try {
    url = new URL(by.url);
  } catch {
    return by.url;
  }
  if (by.how === "header") return `answer of ${url.host}`;
  const file = url.pathname.split("/").pop();
  return `${url.host}${file ? `/${file}` : ""}${by.line ? `:${by.line}` : ""}`;
}

export interface StorageRow extends Stored {
  passes: Pass[];
}

/** What was stored, one row a key, with the passes that it was stored in. The longest value counts. */
export function storageRows(stored: Stored[]): StorageRow[] {
  const rows = new Map<string, StorageRow>();
  for (const item of stored) {
    const key = `${item.area}\n${item.origin}\n${item.key}`;
    const row = rows.get(key);
    if (!row) rows.set(key, { ...item, passes: [item.pass] });
    else {
      if (!row.passes.includes(item.pass)) row.passes.push(item.pass);
      if (item.length !== null) row.length = Math.max(row.length ?? 0, item.length);
    }
  }
  return [...rows.values()].sort(
    (a, b) =>
      Number(b.first_party) - Number(a.first_party) || compare(a.origin, b.origin) || compare(a.key, b.key),
  );
}

/** An act of exercise, as something that was done. */
export function actWords(act: ExerciseAct): string {
  switch (act.kind) {
    case "scroll":
      return "Scrolled the page to its end";
    case "open":
      return `Opened ${act.on}`;
    case "type":
      return `Typed into ${act.on}`;
    case "route":
      return `Followed ${act.on}, a change of route`;
    case "bare-route":
      return "Changed the address alone";
    case "click":
      return `Clicked ${act.on}`;
    case "submit":
      return `Sent ${act.on}, as far as the page is concerned`;
  }
}

export interface ActLane {
  pass: Pass;
  acts: { act: ExerciseAct; provoked: Provoked[] }[];
}

/** Acts of exercise by pass, each with what left in it. */
export function actLanes(detail: PageDetail): ActLane[] {
  const acts = (detail.page.exercise ?? []).map((act, i) => ({ act, provoked: detail.provoked?.[i] ?? [] }));
  return PASSES.map((pass) => ({ pass, acts: acts.filter(({ act }) => act.pass === pass) })).filter(
    (lane) => lane.acts.length > 0,
  );
}

/** The act of exercise in which a request left; null where it left before any. */
export function actOf(page: Page, beacon: Beacon): string | null {
  const act = (page.exercise ?? []).find((a) => a.pass === beacon.pass && a.number === beacon.step);
  return act ? `in act ${act.number} of the exercise (${actWords(act)})` : null;
}

export const TYPED_WHEN: Record<TypedWhen, string> = {
  "before-submit": "before anything was sent",
  "on-leaving": "when the page was left",
  "after-click": "after a click on something further",
};

/** In which form a typed value left. */
export function typedForm(leak: TypedLeak): string {
  const packing = (leak.packing ?? []).length > 0 ? `, packed in ${leak.packing?.join(", ")}` : "";
  return `${leak.form}${packing}${leak.normalised ? "" : ", not as the platform asks for it"}`;
}

export interface LeakRow extends TypedLeak {
  passes: Pass[];
}

/** Typed values that left, those that differ in the pass alone in one row. */
export function leakRows(leaks: TypedLeak[]): LeakRow[] {
  const rows = new Map<string, LeakRow>();
  for (const leak of leaks) {
    const key = [leak.what, leak.host, leak.field, leak.form, leak.when, leak.vendor ?? ""].join("\n");
    const row = rows.get(key);
    if (!row) rows.set(key, { ...leak, passes: [leak.pass] });
    else if (!row.passes.includes(leak.pass)) row.passes.push(leak.pass);
  }
  return [...rows.values()];
}

/** What a picture shows, and when it was taken. */
export function pictureName(picture: Picture): string {
  return picture.of === "banner"
    ? `The banner before it was answered (${PASS_NAMES[picture.pass]})`
    : `The page (${PASS_NAMES[picture.pass]})`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Signals of Google's consent state, as `gcs` has them: `G1`, then advertising, then analytics. */
export function consentWords(state: string): string | null {
  const signals = /^G1([01-])([01-])$/.exec(state);
  if (!signals) return null;
  const say = (digit: string | undefined) =>
    digit === "1" ? "granted" : digit === "0" ? "denied" : "not set";
  return `advertising storage ${say(signals[1])}, analytics storage ${say(signals[2])}`;
}
