import { expect, it } from "vitest";
import { anyPage } from "../../pages/query";
import { createHost } from ".";
import { makeSite } from "./site";

it("makes the same site from the same seed", () => {
  expect(makeSite("https://a.example", 60, 3)).toEqual(makeSite("https://a.example", 60, 3));
  expect(makeSite("https://a.example", 60, 3)).not.toEqual(makeSite("https://a.example", 60, 4));
});

it("answers pages and sums that agree", async () => {
  const host = createHost();
  const { totals, pixels } = await host.call("overview", { audit: "a1" });
  const total = async (part: object) =>
    (await host.call("pages", { audit: "a1", query: { ...anyPage(), ...part, limit: 1 } })).total;
  expect(await total({})).toBe(totals.pages);
  expect(await total({ untracked: true })).toBe(totals.untracked);
  expect(await total({ duplicates: true })).toBe(totals.pages_with_duplicates);
  expect(await total({ failed: true })).toBe(totals.failed);
  for (const pixel of pixels) expect(await total({ with: pixel })).toBe(pixel.pages_with);
});
