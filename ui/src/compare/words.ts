// What a comparison says, in words. Rows arrive from Rust sorted and counted.

import type { Change, DiffItem } from "../gen/model";
import { counted, count } from "../kit/format";

export const SIGNS: Record<Change, string> = { new: "+", lost: "−", changed: "~" };
export const WORDS: Record<Change, string> = { new: "New", lost: "Lost", changed: "Changed" };

/** `5 → 4 pages`. */
export function pages(before: number, after: number): string {
  return `${count(before)} → ${counted(after, "page")}`;
}

/** One difference: `Meta Pixel 123, Purchase, parameter value: 12 → 15`. */
export function item(item: DiffItem, vendorName: (id: string) => string): string {
  const parts: string[] = [];
  if (item.kind === "page") parts.push("the page");
  if (item.vendor)
    parts.push(item.account ? `${vendorName(item.vendor)} ${item.account}` : vendorName(item.vendor));
  if (item.event) parts.push(item.event);
  if (item.param) parts.push(`parameter ${item.param}`);
  const values =
    item.before || item.after ? `: ${item.before ?? "nothing"} → ${item.after ?? "nothing"}` : "";
  return parts.join(", ") + values;
}
