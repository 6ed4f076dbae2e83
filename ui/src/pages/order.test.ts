import { expect, it } from "vitest";
import { makeSite } from "../host/fake/site";
import { pageOf } from "../host/fake/details";
import { story } from "./order";

it("tells the page's own code in document order, then what other files bring", () => {
  const site = makeSite("https://shop.example", 40, 7);
  const thanks = site.pages.find((p) => p.path === "/checkout/thank-you");
  if (!thanks) throw new Error("the made-up shop has a confirmation page");
  const page = pageOf(site, thanks);
  const told = story(page).map((entry) => {
    const { at } = entry.kind === "install" ? entry.install : entry.event;
    return `${at.source === page.url ? "page" : "away"} ${at.line}`;
  });
  expect(told).toEqual([
    "page 14",
    "page 25",
    "page 25",
    "page 36",
    "page 37",
    "page 47",
    "page 58",
    "page 96",
    "away 1",
  ]);
});
