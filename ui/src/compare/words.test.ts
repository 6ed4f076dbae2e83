import { expect, test } from "vitest";
import type { DiffItem } from "../gen/model";
import { item, pages } from "./words";

const named = (id: string) => (id === "meta-pixel" ? "Meta Pixel" : id);

test("a difference says what it is about, and from what to what", () => {
  const param: DiffItem = {
    kind: "param",
    change: "changed",
    vendor: "meta-pixel",
    account: "123",
    event: "Purchase",
    param: "value",
    before: "12",
    after: "15",
  };
  expect(item(param, named)).toBe("Meta Pixel 123, Purchase, parameter value: 12 → 15");
  expect(item({ kind: "pixel", change: "lost", vendor: "x", before: "active" }, named)).toBe(
    "x: active → nothing",
  );
  expect(item({ kind: "page", change: "new" }, named)).toBe("the page");
  expect(pages(5, 1)).toBe("5 → 1 page");
});
