// Pictures of every view, light and dark, for looking at: `npm run pictures`, then test-results/pictures.

import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStage, openWindow, type Look, type Stage } from "./browser";

const OUT = "test-results/pictures";

interface Shot {
  name: string;
  hash: string;
  act?: (page: Page) => Promise<unknown>;
}

const row = "[data-testid=page-row]";

const SHOTS: Shot[] = [
  { name: "start", hash: "", act: (p) => p.waitForSelector("[data-testid=audit-row]") },
  {
    name: "start-error",
    hash: "",
    act: async (p) => {
      await p.fill("#start-url", "not an address");
      await p.click("#start-options");
      await p.click("#start-audit");
      await p.waitForSelector("#start-error");
    },
  },
  { name: "overview", hash: "#/a1/overview", act: (p) => p.waitForSelector("[data-testid=coverage-row]") },
  { name: "pages", hash: "#/a1/pages", act: (p) => p.waitForSelector(row) },
  {
    name: "pages-large",
    hash: "#/a2/pages",
    act: async (p) => {
      await p.waitForSelector(row);
      await p.focus("[role=grid]");
      await p.keyboard.press("End");
      await p.waitForSelector("[data-testid=page-row][id$='99999']");
    },
  },
  {
    name: "pages-filtered",
    hash: "#/a1/pages?untracked=yes&template=%2Fblog%2F*",
    act: (p) => p.waitForSelector(row),
  },
  {
    name: "pages-grouped",
    hash: "#/a1/pages",
    act: async (p) => {
      await p.click("[data-testid=group]");
      await p.click("[data-testid=template-row] >> nth=2");
      await p.waitForSelector(row);
    },
  },
  {
    name: "drawer",
    hash: "#/a1/pages",
    act: async (p) => {
      await p.click("[data-testid=page-row] >> nth=1");
      await p.waitForSelector("[data-testid=drawer-event]");
    },
  },
  {
    name: "start-browser",
    hash: "",
    act: async (p) => {
      await p.click("#mode-both");
      await p.click("#start-options");
    },
  },
  {
    name: "passes",
    hash: "#/a4/pages?page=1",
    act: (p) => p.waitForSelector("[data-testid=passes]"),
  },
  {
    name: "sightings",
    hash: "#/a4/pages?page=2",
    act: (p) => p.locator("[data-testid=drawer-event]").last().scrollIntoViewIfNeeded(),
  },
  {
    name: "timeline",
    hash: "#/a4/pages?page=1",
    act: (p) => p.locator("[data-pass=accept] [data-testid=beacon]").last().scrollIntoViewIfNeeded(),
  },
  {
    name: "request",
    hash: "#/a4/pages?page=1",
    act: async (p) => {
      await p.click("[data-beacon='14'] button");
      await p.locator("[data-testid=request]").scrollIntoViewIfNeeded();
    },
  },
  {
    name: "cookies",
    hash: "#/a4/pages?page=1",
    act: (p) => p.locator("#drawer-libraries").scrollIntoViewIfNeeded(),
  },
  {
    name: "unseen",
    hash: "#/a4/pages?page=3",
    act: (p) => p.waitForSelector("[data-testid=passes]"),
  },
  {
    name: "exercise",
    hash: "#/a4/pages?page=4",
    act: (p) => p.locator("[data-testid=typed]").scrollIntoViewIfNeeded(),
  },
  { name: "journeys", hash: "#/a4/journeys", act: (p) => p.waitForSelector("[data-testid=journey]") },
  {
    name: "journeys-below",
    hash: "#/a4/journeys",
    act: async (p) => {
      await p.click("[data-testid=recorded-event] >> nth=4 >> button");
      await p.locator("[data-testid=click-trail]").scrollIntoViewIfNeeded();
    },
  },
  { name: "no-journey", hash: "#/a1/journeys", act: (p) => p.waitForSelector("text=without a journey") },
  {
    name: "go-on",
    hash: "#/a5/overview",
    act: async (p) => {
      await p.click("#run-go-on");
      await p.waitForSelector("[data-testid=go-on]");
    },
  },
  {
    name: "overview-both",
    hash: "#/a4/overview",
    act: (p) => p.waitForSelector("[data-testid=coverage-row]"),
  },
  { name: "events", hash: "#/a1/events", act: (p) => p.waitForSelector("[data-testid=event-row]") },
  { name: "findings", hash: "#/a1/findings", act: (p) => p.waitForSelector("[data-testid=finding]") },
  {
    name: "finding",
    hash: "#/a1/findings",
    act: (p) => p.click("[data-testid=finding][data-rule=duplicate-event] button"),
  },
  {
    name: "export",
    hash: "#/a1/export",
    act: async (p) => {
      await p.click("#export-run");
      await p.waitForSelector("[data-testid=exported-file]");
    },
  },
  {
    name: "running",
    hash: "",
    act: async (p) => {
      await p.fill("#start-url", "megastore.example");
      await p.click("#start-audit");
      await p.waitForSelector("[data-testid=new-rows]");
    },
  },
  {
    name: "palette",
    hash: "#/a1/pages",
    act: async (p) => {
      await p.waitForSelector(row);
      await p.keyboard.press("Control+k");
      await p.keyboard.type("oak");
      await p.waitForFunction(() => document.querySelectorAll("#hits [role=option]").length > 2);
    },
  },
  {
    name: "keys",
    hash: "#/a1/overview",
    act: async (p) => {
      await p.waitForSelector("[data-testid=coverage-row]");
      await p.keyboard.press("?");
    },
  },
];

const LOOKS: { name: string; look: Look }[] = [
  { name: "light", look: {} },
  { name: "dark", look: { dark: true } },
  { name: "small", look: { width: 900, height: 600 } },
];

// `PICTURES="pages small"` takes those alone.
const only = (process.env.PICTURES ?? "").split(" ").filter((word) => word !== "");
const wanted = (...names: string[]) => only.length === 0 || names.some((name) => only.includes(name));

let stage: Stage;
beforeAll(async () => {
  mkdirSync(OUT, { recursive: true });
  stage = await openStage();
});
afterAll(() => stage.close());

for (const { name, look } of LOOKS) {
  for (const shot of SHOTS.filter((s) => wanted(name, s.name))) {
    it(`${shot.name}, ${name}`, async () => {
      const { page, complaints } = await openWindow(stage, shot.hash, look);
      await shot.act?.(page);
      await page.screenshot({ path: `${OUT}/${shot.name}-${name}.png` });
      await page.context().close();
      expect(complaints).toEqual([]);
    });
  }
}
