// Journeys in words.

import type { JourneyRunView, Pass, RecordedEvent, StepOutcome, StepRun } from "../gen/model";
import { value } from "../kit/format";

export const OUTCOMES: Record<StepOutcome, string> = {
  done: "Done",
  "not-meant": "Not for this pass",
  "not-met": "Not met",
  failed: "Failed",
  "not-reached": "Not reached",
};

/** An amount with its currency. */
export function amount(event: RecordedEvent): string {
  const { value: number, currency } = event;
  if (number === undefined || number === null) return "–";
  return `${value(number).text}${currency ? ` ${currency}` : ""}`;
}

export interface StepRow {
  number: number;
  line: number | null;
  what: string;
  /** How it went in each pass, in their order; null in one that came to nothing. */
  runs: { pass: Pass; step: StepRun | null }[];
}

/** Steps, each with how it went in every pass. */
export function stepRows(steps: string[], runs: JourneyRunView[]): StepRow[] {
  return steps.map((what, i) => {
    const made = runs.map(({ run }) => ({ pass: run.pass, step: run.steps[i] ?? null }));
    return { number: i + 1, line: made.find((m) => m.step)?.step?.line ?? null, what, runs: made };
  });
}

/** What there is to say of a step beyond its outcome. */
export function remarks(row: StepRow): { pass: Pass; step: StepRun }[] {
  return row.runs.flatMap(({ pass, step }) =>
    step && (step.why || (step.instead ?? []).length > 0) ? [{ pass, step }] : [],
  );
}

/** What became of a click id for a vendor: null where nothing left that could be credited. */
export function credit(kept: boolean | null): string {
  if (kept === null) return "Nothing to credit";
  return kept ? "Kept" : "Lost";
}
