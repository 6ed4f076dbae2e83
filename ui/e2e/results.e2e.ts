// Reading a finished audit: numbers lead to rows, rows to evidence, and the keys go everywhere.

import { afterAll, beforeAll, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { openStage, openWindow, type Stage } from "./browser";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const row = "[data-testid=page-row]";
const drawer = "[data-testid=drawer]";

async function total(page: Page, expected: string): Promise<void> {
  await page.waitForFunction(
    (n) => document.querySelector("[data-testid=pages-total]")?.textContent === n,
    expected,
  );
}

it("leads from each number of the overview to its rows", async () => {
  const { page, complaints } = await openWindow(stage, "#/a1/overview");
  for (const figure of ["pages", "untracked", "duplicates", "failed"]) {
    const button = page.locator(`[data-testid=figure-${figure}]`);
    const n = (await button.locator(".n").textContent()) ?? "";
    await button.click();
    await total(page, n);
    await page.goBack();
  }
  const coverage = page.locator("[data-testid=coverage-row]").nth(2).locator("button").last();
  const absent = (await coverage.textContent()) ?? "";
  await coverage.click();
  await page.waitForSelector(row);
  // Gated and image-only installs are not active: the rows say which is which.
  expect(Number(await page.textContent("[data-testid=pages-total]"))).toBeGreaterThanOrEqual(Number(absent));
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("opens a page beside its row with the keys alone, and gives the focus back", async () => {
  const { page } = await openWindow(stage, "#/a1/pages");
  await page.waitForSelector(row);
  await page.focus("[role=grid]");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForSelector(`${drawer} [data-testid=drawer-event]`);
  const url = await page.locator(row).nth(1).getAttribute("data-url");
  expect(await page.textContent("[data-testid=drawer-url]")).toBe(url);
  expect(await page.locator(`${drawer} pre`).first().textContent()).toContain("GTM-K2WPL9D");
  await page.keyboard.press("Escape");
  await page.waitForSelector(drawer, { state: "detached" });
  expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("grid");
  await page.context().close();
});

it("words a filter as a sentence and undoes it piece by piece", async () => {
  const { page } = await openWindow(stage, "#/a1/pages");
  await page.waitForSelector(row);
  await page.click("[data-testid=filter-duplicates]");
  await total(page, "7");
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("collections");
  await total(page, "6");
  await page.getByRole("button", { name: "with duplicates: remove this condition" }).click();
  await page.getByRole("button", { name: "matching “collections”: remove this condition" }).click();
  await total(page, "41");
  await page.context().close();
});

it("sorts by a column, both ways, and back", async () => {
  const { page } = await openWindow(stage, "#/a1/pages");
  await page.waitForSelector(row);
  const first = () => page.locator(row).first().getAttribute("data-url");
  await page.click("[data-testid=sort-url]");
  await page.waitForSelector("[aria-sort=ascending]");
  await page.waitForFunction(() =>
    document.querySelector("[data-testid=page-row]")?.getAttribute("data-url")?.endsWith("/"),
  );
  await page.click("[data-testid=sort-url]");
  await page.waitForSelector("[aria-sort=descending]");
  await page.waitForFunction(() =>
    document.querySelector("[data-testid=page-row]")?.getAttribute("data-url")?.includes("/products/"),
  );
  await page.click("[data-testid=sort-url]");
  await page.waitForSelector("[aria-sort=descending]", { state: "detached" });
  await page.waitForFunction(() =>
    document.querySelector("[data-testid=page-row]")?.getAttribute("data-url")?.endsWith("/"),
  );
  expect(await first()).toBe("https://harbour-home.example/");
  await page.context().close();
});

it("groups by template", async () => {
  const { page } = await openWindow(stage, "#/a1/pages");
  await page.click("[data-testid=group]");
  await page.click("[data-testid=template-row][data-template='/blog/*']");
  await page.waitForSelector(row);
  const urls = await page.$$eval(row, (rows) => rows.map((r) => r.getAttribute("data-url") ?? ""));
  expect(urls.length).toBeGreaterThan(0);
  expect(urls.every((url) => url.includes("/blog/"))).toBe(true);
  await page.context().close();
});

it("shows both causes of a duplicate side by side, and the pages it is on", async () => {
  const { page } = await openWindow(stage, "#/a1/findings");
  await page.click("[data-testid=finding][data-rule=duplicate-init] button");
  const evidence = page.locator("[data-testid=evidence] li");
  const boxes = await Promise.all([evidence.nth(0).boundingBox(), evidence.nth(1).boundingBox()]);
  expect(boxes[0]?.y).toBe(boxes[1]?.y);
  expect(await evidence.nth(1).textContent()).toContain("PixelYourSite");
  await page.click("[data-testid=finding-pages]");
  await total(page, "6");
  await page.context().close();
});

it("ignores a finding with a reason, and takes it up again", async () => {
  const { page } = await openWindow(stage, "#/a1/findings");
  const finding = page.locator("[data-testid=finding][data-rule=unknown-event]");
  await finding.locator("button").first().click();
  await finding.locator("[data-testid=ignore]").click();
  await page.keyboard.type("Renamed next week");
  await page.keyboard.press("Enter");
  await finding.waitFor({ state: "detached" });
  await page.getByLabel(/ignored/).check();
  await finding.waitFor();
  expect(await finding.textContent()).toContain("Renamed next week");
  await finding.getByRole("button", { name: "Take up again" }).click();
  await finding.locator("[data-testid=ignore]").waitFor();
  await page.context().close();
});

it("finds everything from one field", async () => {
  const { page } = await openWindow(stage, "#/a1/overview");
  await page.waitForSelector("[data-testid=coverage-row]");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("purchase");
  await page.waitForFunction(() => document.querySelectorAll("#hits [role=option]").length >= 3);
  await page.keyboard.press("Enter");
  await page.waitForSelector(drawer);
  await page.keyboard.press("Escape");
  await page.keyboard.press("4");
  await page.waitForSelector("[data-testid=finding]");
  await page.keyboard.press("?");
  await page.waitForSelector("dialog");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  await page.keyboard.press("Control+n");
  await page.waitForSelector("#start-url");
  await page.context().close();
});

it("shows hostile text as text", async () => {
  const { page, complaints } = await openWindow(stage, "#/a1/pages?search=onerror");
  await page.waitForSelector(row);
  await page.click(row);
  await page.waitForSelector("[data-testid=drawer-install]");
  expect(await page.textContent(`${drawer} h2`)).toContain("<img src=x onerror=alert(1)>");
  expect(await page.locator("img").count()).toBe(0);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("holds a hundred thousand rows while drawing a screenful", async () => {
  const { page } = await openWindow(stage, "#/a2/pages");
  await page.waitForSelector(row);
  await page.focus("[role=grid]");
  await page.keyboard.press("End");
  await page.waitForSelector(`${row}[data-url$='/checkout/thank-you']`);
  expect(await page.locator("[role=grid] [role=row]").count()).toBeLessThan(60);
  expect(await page.getAttribute("[role=grid]", "aria-rowcount")).toBe("100002");
  await page.keyboard.press("Home");
  await page.waitForSelector(`${row}[data-url='https://megastore.example/']`);
  await page.context().close();
});

it("remembers light or dark", async () => {
  const { page } = await openWindow(stage, "", { dark: true });
  const shown = () => page.evaluate(() => document.documentElement.dataset.theme);
  expect(await shown()).toBe("dark");
  await page.click("#theme");
  expect(await shown()).toBe("light");
  await page.reload();
  expect(await shown()).toBe("light");
  await page.context().close();
});
