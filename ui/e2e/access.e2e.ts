// What axe-core finds on every view, in light and in dark.

import axe from "axe-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { openStage, openWindow, type Stage } from "./browser";

type Axe = typeof axe;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const VIEWS: [string, string, (page: Page) => Promise<unknown>][] = [
  ["start", "", (p) => p.waitForSelector("[data-testid=audit-row]")],
  [
    "start with an error and options",
    "",
    async (p) => {
      await p.click("#start-options");
      await p.click("#start-audit");
      await p.waitForSelector("#start-error");
    },
  ],
  ["overview", "#/a1/overview", (p) => p.waitForSelector("[data-testid=coverage-row]")],
  ["pages", "#/a1/pages?untracked=yes&search=b", (p) => p.waitForSelector("[data-testid=page-row]")],
  [
    "pages by template",
    "#/a1/pages",
    async (p) => {
      await p.click("[data-testid=group]");
      await p.click("[data-testid=template-row] >> nth=1");
      await p.waitForSelector("[data-testid=page-row]");
    },
  ],
  [
    "drawer",
    "#/a1/pages?page=41",
    async (p) => {
      await p.waitForSelector("[data-testid=drawer-event]");
      await p.getByRole("button", { name: "Source of the page" }).click();
    },
  ],
  [
    "start with browser options",
    "",
    async (p) => {
      await p.click("#mode-both");
      await p.click("#start-options");
      await p.waitForSelector("#pass-gpc");
    },
  ],
  [
    "drawer of a page seen in the browser",
    "#/a4/pages?page=1",
    async (p) => {
      await p.click("[data-beacon='1'] button");
      await p.click("[data-beacon='14'] button");
      await p.waitForSelector("[data-testid=request]");
    },
  ],
  ["drawer of a page not seen", "#/a4/pages?page=3", (p) => p.waitForSelector("[data-testid=passes]")],
  [
    "drawer of a page that was exercised",
    "#/a4/pages?page=4",
    (p) => p.waitForSelector("[data-testid=acts]"),
  ],
  [
    "journeys",
    "#/a4/journeys",
    async (p) => {
      await p.click("[data-testid=recorded-event] button");
      await p.waitForSelector("[data-testid=request]");
    },
  ],
  ["no journey", "#/a1/journeys", (p) => p.waitForSelector("text=started without a journey")],
  [
    "secrets asked for",
    "#/a5/overview",
    async (p) => {
      await p.click("#run-go-on");
      await p.waitForSelector("[data-testid=go-on]");
    },
  ],
  ["events", "#/a1/events", (p) => p.waitForSelector("[data-testid=event-row]")],
  [
    "findings",
    "#/a1/findings",
    async (p) => {
      await p.click("[data-testid=finding] button");
      await p.click("[data-testid=ignore]");
    },
  ],
  ["compare", "#/a1/compare", (p) => p.waitForSelector("[data-testid=compare-sum]")],
  ["export", "#/a1/export", (p) => p.click("#export-run")],
  [
    "search",
    "#/a1/overview",
    async (p) => {
      await p.waitForSelector("[data-testid=coverage-row]");
      await p.keyboard.press("Control+k");
      await p.waitForSelector("#hits [role=option]");
    },
  ],
  [
    "running",
    "",
    async (p) => {
      await p.fill("#start-url", "megastore.example");
      await p.click("#start-audit");
      await p.waitForSelector("[data-testid=new-rows]");
      await p.click("#run-pause");
    },
  ],
];

for (const dark of [false, true]) {
  it.each(VIEWS)(`%s, ${dark ? "dark" : "light"}`, async (_, hash, act) => {
    const { page } = await openWindow(stage, hash, { dark });
    await act(page);
    // Through the debugger, so that the window's content policy stays as it is.
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: Axe };
      const result = await axe.run(document);
      return result.violations.map((v) => `${v.impact} ${v.id}: ${v.nodes.map((n) => n.html).join(" | ")}`);
    });
    expect(found).toEqual([]);
    await page.context().close();
  });
}
