import { expect, it } from "vitest";
import { Layout, type Group } from "./layout";

const group = (template: string, open: number): Group => ({
  template: { template, pages: open, example: "", untracked: 0, pixels: [] },
  open,
});

it("lays open groups between closed ones", () => {
  const layout = new Layout([group("/a/*", 2), group("/b/*", 0), group("/c/*", 1)]);
  const lines = Array.from({ length: layout.length }, (_, i) => {
    const line = layout.at(i);
    return line?.kind === "page"
      ? `${line.group.template.template} ${line.index}`
      : line?.group.template.template;
  });
  expect(lines).toEqual(["/a/*", "/a/* 0", "/a/* 1", "/b/*", "/c/*", "/c/* 0"]);
});

it("has nothing outside of itself", () => {
  const layout = new Layout([group("/a/*", 1)]);
  expect([layout.at(-1), layout.at(2), new Layout([]).at(0)]).toEqual([undefined, undefined, undefined]);
});

it("finds a line among a hundred thousand", () => {
  const layout = new Layout([group("/a/*", 60_000), group("/b/*", 40_000)]);
  expect(layout.at(100_001)).toMatchObject({
    kind: "page",
    index: 39_999,
    group: { template: { template: "/b/*" } },
  });
});
