import { expect, it } from "vitest";
import { visible } from "./visible";

it.each([
  ["at the top", 0, 280, 1000, { first: 0, end: 18 }],
  ["in the middle", 2800, 280, 1000, { first: 92, end: 118 }],
  ["at the end", 27_720, 280, 1000, { first: 982, end: 1000 }],
  ["past the end, after rows fell away", 27_720, 280, 3, { first: 2, end: 3 }],
  ["of nothing", 0, 280, 0, { first: 0, end: 0 }],
])("draws the lines in sight %s", (_, top, height, count, span) => {
  expect(visible(top, height, 28, count)).toEqual(span);
});
