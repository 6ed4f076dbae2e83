// What the browser saw of a page: events joined, passes side by side, the timeline, cookies; and how to ask for it.

import { afterAll, beforeAll, expect, it } from "vitest";
import { openStage, openWindow, type Stage } from "./browser";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const drawer = "[data-testid=drawer]";

it("asks for a browser, its passes and what becomes of beacons, with the keys alone", async () => {
  const { page, complaints } = await openWindow(stage);
  await page.waitForSelector("#mode-source");
  await page.click("#start-options");
  expect(await page.locator("#pass-gpc").count()).toBe(0);
  await page.focus("#mode-source");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  expect(await page.isChecked("#mode-both")).toBe(true);
  await page.focus("#pass-gpc");
  await page.keyboard.press("Space");
  await page.uncheck("#pass-none");
  await page.uncheck("#pass-reject");
  await page.uncheck("#pass-accept");
  expect(await page.isDisabled("#pass-gpc")).toBe(true);
  await page.check("#beacons-send");
  expect(await page.textContent("#start-options")).toContain("banner: GPC · beacons sent");
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("says in place that there is no browser", async () => {
  const { page } = await openWindow(stage);
  await page.click("#mode-browser");
  await page.fill("#start-url", "no-browser.example");
  await page.click("#start-audit");
  await page.waitForSelector("#start-error");
  expect(await page.textContent("#start-error")).toContain("No browser to look with");
  await page.context().close();
});

it("tells of each event whether it was declared, seen, and why not, and leads to its request", async () => {
  const { page, complaints } = await openWindow(stage, "#/a4/pages?page=2");
  await page.waitForSelector("[data-testid=sighting]");
  const said = await page.$$eval("[data-testid=sighting]", (all) => all.map((e) => e.textContent ?? ""));
  expect(said.filter((text) => text.includes("it waits for a click")).length).toBeGreaterThan(0);
  const hidden = page.locator("[data-testid=drawer-event]", { hasText: "Hidden" });
  expect(await hidden.textContent()).toContain("it came from https://cdn.mill-lane.example/late.js");
  await hidden.getByRole("button", { name: /in the timeline/ }).click();
  await page.waitForSelector("[data-testid=request]");
  expect(await page.evaluate(() => document.activeElement?.closest("li")?.dataset.beacon)).toBe("4");
  expect(await page.textContent("[data-testid=request]")).toContain("ev=Hidden");
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("opens a request of the timeline with the keys, and closes it", async () => {
  const { page } = await openWindow(stage, "#/a4/pages?page=1");
  const accept = page.locator("[data-testid=lane][data-pass=accept]");
  await accept.waitFor();
  expect(await accept.locator("[data-testid=phase]").allTextContents()).toEqual([
    "Before the answer",
    "After accepting",
    "Page loaded again",
    "Second page of the site",
  ]);
  await page.focus("[data-beacon='11'] button");
  await page.keyboard.press("Enter");
  const request = page.locator("[data-testid=request]");
  await request.waitFor();
  const text = (await request.textContent()) ?? "";
  expect(text).toContain("advertising storage denied, analytics storage denied");
  expect(text).toContain("https://www.google-analytics.com/g/collect?v=2");
  expect(text).toContain("line 13, column 15");
  await page.keyboard.press("Enter");
  await request.waitFor({ state: "detached" });
  await page.context().close();
});

it("sets the passes side by side, and the cookies with theirs", async () => {
  const { page } = await openWindow(stage, "#/a4/pages?page=1");
  await page.waitForSelector("[data-testid=passes]");
  const verdicts = await page.locator("[data-testid=verdict]").allTextContents();
  expect(verdicts.map((text) => text.includes("Taken and kept"))).toEqual([false, true, true, false]);
  const cookies = (await page.locator("[data-testid=cookies] tbody tr").allTextContents()).join("\n");
  expect(cookies).toMatch(/_fbp.*first.*Meta Pixel.*Unanswered, Reject, Accept, GPC/s);
  await page.context().close();
});

it("says that nobody looked, and why", async () => {
  const source = await openWindow(stage, "#/a1/pages?page=1");
  await source.page.waitForSelector("[data-testid=not-looked]");
  const text = (await source.page.textContent(drawer)) ?? "";
  expect(text.split("Not checked: source mode can't see this.").length).toBeGreaterThan(4);
  await source.page.context().close();
  const away = await openWindow(stage, "#/a4/pages?page=3");
  await away.page.waitForSelector("[data-testid=passes]");
  const said = (await away.page.textContent(drawer)) ?? "";
  expect(said).toContain("No browser to look with");
  expect(said).not.toContain("No cookie was there");
  await away.page.context().close();
});
