// Journeys and exercise: how they are asked for, and what is shown of them; and secrets that an audit needs to go on.

import { afterAll, beforeAll, expect, it } from "vitest";
import { openStage, openWindow, type Stage } from "./browser";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const FILE = `name = "Ad click to purchase"\nstart = "https://mill-lane.example/"\n[[step]]\ngoto = "/"\n`;
const file = (name: string, text: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });

it("takes the file of a journey, says what is wrong with one, and audits without an address", async () => {
  const { page, complaints } = await openWindow(stage);
  await page.waitForSelector("#mode-source");
  await page.click("#start-options");
  await page.setInputFiles("#journey-files", file("empty.toml", "name = 'x'"));
  await page.waitForSelector("#journey-error");
  expect(await page.textContent("#journey-error")).toContain("empty.toml, line 1: there is no step");
  await page.setInputFiles("#journey-files", file("order.toml", FILE));
  await page.waitForSelector("[data-testid=journey-file]");
  expect(await page.locator("#journey-error").count()).toBe(0);
  expect(await page.textContent("[data-testid=journey-file]")).toContain("order.toml, 13 steps");
  expect(await page.textContent("#start-options")).toContain("1 journey");
  expect(await page.textContent("#start-hint")).toContain("Without an address");
  await page.click("#start-audit");
  await page.waitForSelector("[data-testid=run-state]");
  await page.click("[data-testid=nav-journeys]");
  await page.waitForSelector("[data-testid=journey]");
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("removes a journey that was chosen", async () => {
  const { page } = await openWindow(stage);
  await page.waitForSelector("#mode-source");
  await page.click("#start-options");
  await page.setInputFiles("#journey-files", file("order.toml", FILE));
  await page.getByRole("button", { name: "Don't make the journey" }).click();
  expect(await page.locator("[data-testid=journey-file]").count()).toBe(0);
  await page.context().close();
});

it("shows steps with all passes side by side, and the pass in which most can be seen", async () => {
  const { page, complaints } = await openWindow(stage, "#/a4/journeys");
  await page.waitForSelector("[data-testid=journey]");
  const lines = await page.locator("[data-testid=journey-line]").allTextContents();
  expect(lines.map((line) => line.includes("every expectation met"))).toEqual([true, false]);
  const twelfth = page.locator("[data-testid=journey-step][data-step='12']");
  const outcomes = await twelfth
    .locator("td[data-pass]")
    .evaluateAll((all) => all.map((e) => e.getAttribute("data-outcome")));
  expect(outcomes).toEqual(["not-meant", "not-met"]);
  expect(await twelfth.textContent()).toContain("it left 2 times after step 10, not 1");
  expect(await page.textContent("[data-testid=click-verdict]")).toContain("Purchase in step 10 carries it");
  expect(await page.textContent("[data-testid=typed]")).toContain("as plain text, packed in base64");
  const events = await page.locator("[data-testid=recorded-event]").count();
  await page.click("[data-testid=journey-pass] >> nth=0");
  expect(await page.textContent("[data-testid=click-trail]")).toContain("Nothing in the browser kept it");
  expect(await page.locator("[data-testid=recorded-event]").count()).toBeLessThan(events);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("opens the request behind a recorded event with the keys", async () => {
  const { page } = await openWindow(stage, "#/a4/journeys");
  const purchase = page.locator("[data-testid=recorded-event]", { hasText: /Purchase.*Meta Pixel/s }).first();
  await purchase.getByRole("button").focus();
  await page.keyboard.press("Enter");
  const text = (await page.textContent("[data-testid=request]")) ?? "";
  expect(text).toContain("ev=Purchase");
  expect(text).toContain("Accept: Step 10");
  await page.context().close();
});

it("says what would be here where no journey was asked for", async () => {
  const { page } = await openWindow(stage, "#/a1/journeys");
  await page.waitForSelector("text=This audit was started without a journey");
  await page.context().close();
});

it("tells what was done on a page, what it set off, and leads to its request", async () => {
  const { page, complaints } = await openWindow(stage, "#/a4/pages?page=4");
  const act = page.locator("[data-testid=acts][data-pass=accept] [data-act='3']");
  await act.waitFor();
  expect(await act.textContent()).toContain("POST https://mill-lane.example/newsletter");
  await act.getByRole("button", { name: "Meta Pixel Lead" }).click();
  await page.waitForSelector("[data-testid=request]");
  expect(await page.textContent("[data-testid=request]")).toContain("in act 3 of the exercise");
  expect(await page.textContent("[data-testid=typed]")).toContain("collect.form-watch.example");
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("asks for secrets before an audit goes on, keeps the dialog where they don't do, and closes with Escape", async () => {
  const { page, complaints } = await openWindow(stage, "#/a5/overview");
  await page.click("#run-go-on");
  const dialog = page.locator("[data-testid=go-on]");
  await dialog.waitFor();
  expect(await dialog.textContent()).toContain("header fields, a user and a password");
  expect(await dialog.locator("[data-secret=proxy]").count()).toBe(0);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.click("#run-go-on");
  await dialog.locator("[data-secret=header]").fill("none");
  await page.click("#go-on-run");
  await page.waitForSelector("#go-on-error");
  await dialog.locator("[data-secret=header]").fill("X-Preview: token");
  await dialog.locator("[data-secret=user]").fill("editor");
  await dialog.locator("[data-secret=password]").fill("sesame");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await page.waitForSelector("[data-testid=run-state][data-state=running]");
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("says how much of the store an audit takes", async () => {
  const { page } = await openWindow(stage, "#/a1/overview");
  expect(await page.textContent("[data-testid=kept]")).toContain("a page.");
  await page.context().close();
});
