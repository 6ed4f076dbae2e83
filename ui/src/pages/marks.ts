// The states of a pixel on a page, as the matrix marks them.

import type { Cell } from "../gen/model";

/** Letter and words of each state. The shape is drawn from its name. */
export const MARKS: Record<Cell, { letter: string; words: string }> = {
  active: { letter: "A", words: "active" },
  duplicate: { letter: "D", words: "initialised more than once" },
  gated: { letter: "G", words: "waits for consent" },
  "image-only": { letter: "N", words: "only noscript or image" },
  inert: { letter: "X", words: "present, never runs" },
  missing: { letter: "", words: "missing" },
  "not-checked": { letter: "", words: "not checked" },
  "could-not-look": { letter: "", words: "could not be read" },
};
