// The states of a pixel on a page, as the matrix marks them.

import type { Cell } from "../gen/model";

/** Letter and words of each state. The shape is drawn from its name. */
export const MARKS: Record<Cell, { letter: string; short: string; words: string }> = {
  active: { letter: "A", short: "active", words: "active" },
  duplicate: { letter: "D", short: "duplicate", words: "initialised more than once" },
  gated: { letter: "G", short: "gated", words: "waits for consent" },
  "image-only": { letter: "N", short: "image only", words: "only noscript or image" },
  inert: { letter: "X", short: "inert", words: "present, never runs" },
  missing: { letter: "", short: "missing", words: "missing" },
  "not-checked": { letter: "", short: "not checked", words: "not checked" },
  "could-not-look": { letter: "", short: "not readable", words: "could not be read" },
};
