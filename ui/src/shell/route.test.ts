import { expect, it } from "vitest";
import { anyPage } from "../pages/query";
import { format, parse, start, type Route } from "./route";

const ROUTES: [string, Route][] = [
  ["the start page", start()],
  ["a view", { ...start(), audit: "a 1/ü", view: "events" }],
  [
    "a filtered table with a drawer",
    { ...start(), audit: "x", view: "pages", query: { ...anyPage(), search: "?&#" }, page: 7 },
  ],
  ["an open finding", { ...start(), audit: "x", view: "findings", finding: "duplicate-init #1" }],
];

it.each(ROUTES)("%s comes back as it was", (_, route) => {
  expect(parse(format(route))).toEqual(route);
});

it.each(["", "#", "#/", "#//pages", "nonsense%"])("%s is some place, whatever it is", (hash) => {
  expect(parse(hash).view).toBe("overview");
});

it("leaves out what the view doesn't show", () => {
  expect(format({ ...start(), audit: "x", view: "export", query: { ...anyPage(), untracked: true } })).toBe(
    "#/x/export",
  );
});
