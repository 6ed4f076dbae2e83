// From an address to a report, as a person does it.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStage, openWindow, type Stage } from "./browser";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const state = "[data-testid=run-state]";
const complete = `${state}[data-state=complete]`;

it("audits a pasted address and exports the report", async () => {
  const { page, complaints } = await openWindow(stage);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("start-url");
  await page.keyboard.type("harbour-home.example");
  await page.keyboard.press("Enter");
  await page.waitForSelector(complete);
  expect(await page.textContent(state)).toBe("Complete");

  await page.click("[data-testid=filter-untracked]");
  await page.waitForFunction(() => document.querySelector("[data-testid=pages-total]")?.textContent === "10");
  const urls = await page.$$eval("[data-testid=page-row]", (rows) =>
    rows.map((r) => r.getAttribute("data-url") ?? ""),
  );
  expect(urls).toHaveLength(10);
  expect(urls.every((url) => /\/(blog|policies)\//.test(url))).toBe(true);

  await page.click("[data-testid=nav-export]");
  await page.fill("#export-folder", "/tmp/reports");
  await page.uncheck("#export-csv");
  await page.check("#export-json");
  await page.click("#export-run");
  await page.waitForSelector("[data-testid=exported-file]");
  const files = await page.$$eval("[data-testid=exported-file]", (rows) =>
    rows.map((r) => r.getAttribute("data-path")),
  );
  expect(files).toEqual(["/tmp/reports/report.html", "/tmp/reports/report.json"]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

describe("says in place what is wrong with", () => {
  it.each([
    ["no address", "", "Enter the address of a site"],
    ["no address at all", "what is this", "is not the address of a page"],
    ["an unknown host", "nowhere.example", "No host is called nowhere.example"],
    ["something that isn't a page", "file.example", "not an HTML page"],
    ["a site that asks not to be read", "robots.example", "robots.txt"],
  ])("%s", async (_, input, said) => {
    const { page } = await openWindow(stage);
    await page.fill("#start-url", input);
    await page.click("#start-audit");
    await page.waitForSelector("#start-error");
    expect(await page.textContent("#start-error")).toContain(said);
    expect(await page.inputValue("#start-url")).toBe(input);
    expect(await page.getAttribute("#start-url", "aria-describedby")).toContain("start-error");
    await page.context().close();
  });
});

it("takes several addresses for a list", async () => {
  const { page } = await openWindow(stage);
  await page.fill("#start-url", "a.example/1\na.example/2\na.example/3");
  expect(await page.textContent("#start-hint")).toContain("3 addresses");
  await page.focus("#start-url");
  await page.keyboard.press("Control+Enter");
  await page.waitForSelector(complete);
  await page.context().close();
});

it("shows a running audit, pauses it, and lets new rows wait", async () => {
  const { page } = await openWindow(stage);
  await page.fill("#start-url", "megastore.example");
  await page.click("#start-audit");
  await page.waitForSelector(`${state}[data-state=running]`);
  await page.waitForSelector("[data-testid=new-rows]");
  await page.click("#run-pause");
  await page.waitForSelector(`${state}[data-state=paused]`);
  const total = await page.textContent("[data-testid=pages-total]");
  await page.click("[data-testid=new-rows]");
  await page.waitForFunction(
    (before) => document.querySelector("[data-testid=pages-total]")?.textContent !== before,
    total,
  );
  await page.click("[data-testid=nav-overview]");
  await page.waitForSelector("[data-testid=coverage-row]");
  await page.click("#run-stop");
  await page.waitForSelector(`${state}[data-state=incomplete]`);
  await page.context().close();
});

it("tries the demo shop", async () => {
  const { page } = await openWindow(stage);
  await page.click("#try-demo");
  await page.waitForSelector(complete);
  await page.context().close();
});

it("lists audits and deletes one only when told twice", async () => {
  const { page } = await openWindow(stage);
  await page.waitForSelector("[data-testid=audit-row]");
  const row = page.locator("[data-testid=audit-row][data-audit=a3]");
  await row.getByRole("button", { name: /Delete the audit/ }).click();
  expect(await row.count()).toBe(1);
  await row.getByRole("button", { name: "Delete", exact: true }).click();
  await row.waitFor({ state: "detached" });
  expect(await page.locator("[data-testid=audit-row]").count()).toBe(4);
  await page.context().close();
});
