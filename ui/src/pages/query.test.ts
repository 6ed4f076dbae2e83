import { describe, expect, it } from "vitest";
import type { PagesQuery } from "../gen/model";
import { anyPage, clauses, fromParams, isFiltered, parseKey, toParams } from "./query";

const META = { vendor: "meta-pixel", account: "284915073166502" };
const FULL: PagesQuery = {
  ...anyPage(),
  search: "a & b=c #1",
  template: "/blog/*",
  missing: META,
  with: { vendor: "google-tag-manager", account: null },
  untracked: true,
  duplicates: true,
  finding: "duplicate-init-1",
  outcome: "timed-out",
  failed: true,
  sort: "status",
  descending: true,
};

describe("a question in an address", () => {
  it.each([
    ["nothing", anyPage()],
    ["everything", FULL],
  ])("comes back as it was: %s", (_, query) => {
    expect(fromParams(new URLSearchParams(toParams(query).toString()))).toEqual(query);
  });

  it("is empty for all pages", () => {
    expect(toParams(anyPage()).toString()).toBe("");
  });

  it.each(["", "{}", "[1]", "no json", "null"])("ignores a pixel that is none: %s", (text) => {
    expect(parseKey(text)).toBeNull();
  });

  it("ignores a column that doesn't exist", () => {
    expect(fromParams(new URLSearchParams("sort=colour")).sort).toBe("order");
  });
});

describe("clauses", () => {
  it("read on from the number of pages", () => {
    const query = { ...anyPage(), missing: META, template: "/product/*" };
    const name = { name: "Meta Pixel", pages_with: 1, pages_gated: 0, pages_image_only: 0, pages_without: 0 };
    const texts = clauses(query, [{ ...META, ...name, coverage: 1 }]).map((c) => c.text);
    expect(texts).toEqual(["missing Meta Pixel …66502", "of the form /product/*"]);
  });

  it("each take away exactly themselves", () => {
    for (const clause of clauses(FULL, [])) {
      const left = clauses(clause.without, []).map((c) => c.text);
      expect(left).toEqual(
        clauses(FULL, [])
          .map((c) => c.text)
          .filter((t) => t !== clause.text),
      );
    }
  });

  it("don't count sorting as a condition", () => {
    expect(isFiltered({ ...anyPage(), sort: "url", descending: true })).toBe(false);
  });
});
