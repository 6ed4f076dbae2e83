// Two made-up audits compared: enough of a difference to look at.

import type { AuditDiff, DiffSide } from "../../gen/model";
import type { FakeAudit } from "./audit";

function side(audit: FakeAudit): DiffSide {
  const row = audit.row();
  return {
    id: row.id,
    start_url: row.start_url,
    started: row.started,
    complete: row.state === "complete",
    pages: row.pages,
    read: row.pages,
  };
}

export function compare(before: FakeAudit, after: FakeAudit): AuditDiff {
  const [a, b] = [side(before), side(after)];
  const [pixel] = after.overview().pixels;
  const both = Math.min(a.pages, b.pages);
  return {
    schema: "pixelproof.diff/1",
    before: a,
    after: b,
    notes: a.complete && b.complete ? [] : ["One of the audits is incomplete: what it lacks may be there."],
    pages_compared: both,
    pages_changed: 1,
    pages_new: b.pages - both,
    pages_lost: a.pages - both,
    pixels: [],
    events: [],
    findings: [],
    templates: pixel
      ? [
          {
            template: "/product/*",
            pages: 1,
            item: {
              kind: "pixel",
              change: "lost",
              vendor: pixel.vendor,
              ...(pixel.account === null ? {} : { account: pixel.account }),
              before: "active",
            },
            example: `${b.start_url}product/1`,
          },
        ]
      : [],
    pages: [],
    pages_not_listed: 1,
  };
}
