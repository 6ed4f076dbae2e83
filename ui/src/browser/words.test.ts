import { describe, expect, it } from "vitest";
import type { PassEnd, SetCookie } from "../gen/model";
import { pageOf } from "../host/fake/details";
import { recordedSite } from "../host/fake/recorded";
import { makeSite } from "../host/fake/site";
import {
  actLanes,
  actOf,
  column,
  consentWords,
  cookieRows,
  horizon,
  lanes,
  leakRows,
  notLooked,
  problems,
  sighting,
  typedForm,
  unseen,
} from "./words";

function recorded(path: string) {
  const site = recordedSite();
  const page = site.pages.find((p) => p.path === path);
  if (!page) throw new Error(`nothing was recorded of ${path}`);
  return pageOf(site, page);
}

const home = recorded("/");

describe("an event", () => {
  const said = (path: string, name: string) => {
    const event = recorded(path).events.findLast((e) => e.name === name);
    if (!event) throw new Error(`no event ${name}`);
    return sighting(event, "both");
  };
  it.each([
    ["/", "PageView", "Declared, seen leaving"],
    ["/", "Lead", "Declared, not seen leaving"],
    ["/thanks", "Hidden", "Not declared, seen leaving"],
    ["/away", "Lead", "Declared. The browser could not look"],
  ])("on %s, %s: %s", (path, name, words) => {
    expect(said(path, name)).toBe(words);
  });

  it("is not checked where no browser looks, and says so", () => {
    const site = makeSite("https://shop.example", 40, 7);
    const page = site.pages[0];
    const event = page && pageOf(site, page).events[0];
    expect(event && sighting(event, "source")).toBe("Declared. Not checked: source mode can't see this.");
  });
});

it("never says nothing of a page at which nobody looked", () => {
  const bare = { ...home, passes: [] };
  expect(notLooked(bare, "source")).toBe("Not checked: source mode can't see this.");
  expect(notLooked(bare, "both")).toBe("Not checked: no browser looked at this page.");
  expect(notLooked(home, "both")).toBeNull();
  expect(unseen(recorded("/away"), "both")).toBe("Not checked: the browser could not look at this page.");
  expect(problems(recorded("/away")).map((p) => p.passes)).toEqual(["Unanswered, Reject, Accept, GPC"]);
});

it("orders requests by pass, part and time, and loses none", () => {
  const told = lanes(home);
  expect(told.map((lane) => [lane.end.pass, lane.parts.map((part) => part.phase).join(" ")])).toEqual([
    ["none", "before"],
    ["reject", "before again second"],
    ["accept", "before after again second"],
    ["gpc", "before"],
  ]);
  expect(told.reduce((n, lane) => n + lane.total, 0)).toBe(home.beacons?.length);
  for (const part of told.flatMap((lane) => lane.parts)) {
    const moments = part.beacons.map((b) => b.at_ms);
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
  }
  expect(horizon(home)).toBe(10_500);
});

describe("a pass", () => {
  const columns = (home.passes ?? []).map((end) => column(end, home));
  it.each([
    ["none", "The banner is left unanswered", "2", "no answer"],
    ["reject", "Taken and kept", "2", "6"],
    ["accept", "Taken and kept", "2", "12"],
    ["gpc", "Opted out by signal; the banner is left unanswered", "2", "no answer"],
  ])("%s: %s", (pass, verdict, before, after) => {
    const found = columns.find((c) => c.end.pass === pass);
    expect([found?.verdict, found?.before, found?.after]).toEqual([verdict, before, after]);
  });

  const ended = (change: Partial<PassEnd>): PassEnd => ({
    pass: "reject",
    looked: true,
    address: home.url,
    load_ms: 1,
    ...change,
  });
  it.each([
    ["no-banner", "No banner was shown", "none", "no banner"],
    ["bot-wall", "Blocked by a check for robots", "unknown", "no"],
    ["not-kept", "Not kept", "unknown", "no"],
    ["not-evaluable", "Could not be evaluated", "unknown", "no"],
    ["not-answered", "Could not be answered this way", "unknown", "no"],
  ] as const)("with the verdict %s says: %s", (verdict, words, platform, offered) => {
    const consent = { platform: null, reject_offered: false, verdict, why: "", at_ms: null };
    const of = column(ended({ consent }), home);
    expect([of.verdict, of.platform, of.offered]).toEqual([words, platform, offered]);
  });

  it("that failed has no figures", () => {
    const of = column(ended({ looked: false }), home);
    expect([of.verdict, of.before, of.after, of.cookies]).toEqual([
      "Could not look",
      "not checked",
      "not checked",
      "not checked",
    ]);
  });
});

it("tells a cookie once, with its passes and its longest life", () => {
  const cookie = (pass: SetCookie["pass"], days: number | null): SetCookie => {
    return { pass, name: "a", domain: ".x.example", days, first_party: true, http_only: false };
  };
  const rows = cookieRows([cookie("none", null), cookie("accept", 2), cookie("accept", 9)]);
  expect(rows.map((r) => [r.passes.join(), r.days])).toEqual([["none,accept", 9]]);
});

it.each([
  ["G100", "advertising storage denied, analytics storage denied"],
  ["G101", "advertising storage denied, analytics storage granted"],
  ["G1--", "advertising storage not set, analytics storage not set"],
  ["1YNN", null],
])("reads the consent state %s", (state, words) => {
  expect(consentWords(state)).toBe(words);
});

describe("exercise", () => {
  const page = recorded("/newsletter");
  const detail = { id: 4, template: "/newsletter", page, findings: [], has_source: false };

  it("is told pass by pass, in the order in which it was done", () => {
    const told = actLanes(detail).map(
      ({ pass, acts }) => `${pass} ${acts.map(({ act }) => act.kind).join(" ")}`,
    );
    expect(told).toEqual([
      "none scroll type submit click click click click",
      "accept scroll type submit click click",
    ]);
  });

  it("names the act in which a request left, and none before the first", () => {
    const lead = (page.beacons ?? []).find((b) => b.pass === "accept" && b.step === 3);
    expect(lead && actOf(page, lead)).toBe(
      "in act 3 of the exercise (Sent form “Newsletter Subscribe”, as far as the page is concerned)",
    );
    const first = (page.beacons ?? []).find((b) => b.step === undefined);
    expect(first && actOf(page, first)).toBeNull();
  });

  it("joins what left in several passes, and says in which form", () => {
    const rows = leakRows(page.typed ?? []);
    expect(rows.map((row) => `${row.what} ${row.host} ${row.passes.join(" ")}`)).toEqual([
      "email collect.form-watch.example none accept",
    ]);
    expect(rows.map(typedForm)).toEqual(["as plain text, packed in base64"]);
  });
});
