import { describe, expect, it } from "vitest";
import { recordedJourneys } from "../host/fake/recorded";
import { amount, credit, remarks, stepRows } from "./words";

const [journey] = recordedJourneys();
if (!journey) throw new Error("no journey was recorded");
const rows = stepRows(journey.steps, journey.runs);

describe("steps", () => {
  it("stand beside each other, a pass a column", () => {
    expect(rows.length).toBe(journey.journey.steps.length);
    const outcomes = (step: number) =>
      rows[step - 1]?.runs.map(({ pass, step: run }) => `${pass} ${run?.outcome}`);
    expect(outcomes(1)).toEqual(["reject done", "accept done"]);
    expect(outcomes(2)).toEqual(["reject not-meant", "accept done"]);
    expect(outcomes(12)).toEqual(["reject not-meant", "accept not-met"]);
  });

  it("say what was seen instead where something was not as expected, and nothing elsewhere", () => {
    expect(rows.filter((row) => remarks(row).length > 0).map((row) => row.number)).toEqual([12]);
    const [remark] = remarks(rows[11]!);
    expect(remark?.pass).toBe("accept");
    expect(remark?.step.instead).toContain("meta-pixel 284915073166502 Purchase 24 EUR");
  });

  it("are all there, without an outcome, of a journey that wasn't made", () => {
    expect(stepRows(journey.steps, []).every((row) => row.runs.length === 0)).toBe(true);
  });
});

it("shows an amount with its currency, and that there is none", () => {
  const events = journey.runs.flatMap(({ run }) => run.events);
  const of = (vendor: string, name: string) => events.find((e) => e.vendor === vendor && e.name === name);
  expect(amount(of("meta-pixel", "Purchase")!)).toBe("24 EUR");
  expect(amount(of("meta-pixel", "PageView")!)).toBe("–");
});

it.each([
  [true, "Kept"],
  [false, "Lost"],
  [null, "Nothing to credit"],
])("a click id with %s is called %s", (kept, words) => {
  expect(credit(kept)).toBe(words);
});
