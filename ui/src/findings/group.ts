// Findings as a work list: those of one rule together, worst first, as they came.

import type { Actor, Area, Evidence, FindingRow, Severity } from "../gen/model";

export interface RuleGroup {
  rule: string;
  severity: Severity;
  rows: FindingRow[];
}

export interface FindingFilter {
  search: string;
  severity: Severity | null;
  area: Area | null;
  actor: Actor | null;
  ignored: boolean;
}

export function noFilter(): FindingFilter {
  return { search: "", severity: null, area: null, actor: null, ignored: false };
}

export function matches(row: FindingRow, filter: FindingFilter): boolean {
  const { finding } = row;
  const text = `${finding.message}\n${finding.rule}\n${finding.account ?? ""}\n${row.vendor_name ?? ""}`;
  return (
    (filter.ignored || row.ignored === null) &&
    (filter.severity === null || finding.severity === filter.severity) &&
    (filter.area === null || finding.area === filter.area) &&
    (filter.actor === null || finding.actor === filter.actor) &&
    text.toLowerCase().includes(filter.search.trim().toLowerCase())
  );
}

/** Groups in the order of their first finding. */
export function grouped(rows: FindingRow[]): RuleGroup[] {
  const groups = new Map<string, RuleGroup>();
  for (const row of rows) {
    const group = groups.get(row.finding.rule);
    if (group) group.rows.push(row);
    else
      groups.set(row.finding.rule, { rule: row.finding.rule, severity: row.finding.severity, rows: [row] });
  }
  return [...groups.values()];
}

/** Pieces of evidence by the page they are of, in the order they came. */
export function byPage(evidence: Evidence[]): { page: string; pieces: Evidence[] }[] {
  const pages = new Map<string, Evidence[]>();
  for (const piece of evidence) {
    const pieces = pages.get(piece.page);
    if (pieces) pieces.push(piece);
    else pages.set(piece.page, [piece]);
  }
  return [...pages].map(([page, pieces]) => ({ page, pieces }));
}

export const ACTORS: Record<Actor, string> = {
  developer: "Developer",
  "tag-manager": "Tag manager",
  marketing: "Marketing",
  legal: "Legal",
};

export const AREAS: Record<Area, string> = {
  coverage: "Coverage",
  duplicates: "Duplicates",
  correctness: "Correctness",
  privacy: "Privacy",
};
