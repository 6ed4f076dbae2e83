import { expect, it } from "vitest";
import { createHost } from "../host/fake";
import { byPage, grouped, matches, noFilter } from "./group";

async function rows() {
  return (await createHost().call("findings", { audit: "a1" })).rows;
}

it("keeps findings of a rule together and the order they came in", async () => {
  const groups = grouped(await rows());
  expect(groups[0]?.rule).toBe("untracked-page");
  expect(new Set(groups.map((g) => g.rule)).size).toBe(groups.length);
});

it("hides what is ignored until asked", async () => {
  const [row] = await rows();
  if (!row) throw new Error("the made-up shop has findings");
  const ignored = { ...row, ignored: "known" };
  expect([matches(ignored, noFilter()), matches(ignored, { ...noFilter(), ignored: true })]).toEqual([
    false,
    true,
  ]);
});

it.each([
  [{ severity: "warning" as const }, ["unknown-event", "init-without-event"]],
  [{ actor: "tag-manager" as const }, ["duplicate-event"]],
  [{ area: "duplicates" as const }, ["duplicate-event", "duplicate-init"]],
  [{ search: "  PIXELYOURSITE " }, ["duplicate-init"]],
])("filters by %o", async (part, expected) => {
  const found = (await rows()).filter((row) => matches(row, { ...noFilter(), ...part }));
  expect(found.map((row) => row.finding.rule)).toEqual(expected);
});

it("puts evidence of one page together", () => {
  const piece = (page: string, note: string) => ({ page, note });
  const pages = byPage([piece("/a", "first"), piece("/b", "first"), piece("/a", "second")]);
  expect(pages.map((p) => [p.page, p.pieces.map((x) => x.note)])).toEqual([
    ["/a", ["first", "second"]],
    ["/b", ["first"]],
  ]);
});
