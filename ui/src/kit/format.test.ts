import { describe, expect, it } from "vitest";
import { bytes, counted, elapsed, percent, shortAccount, split, value } from "./format";

describe("percent", () => {
  it.each([
    [0, "0"],
    [0.001, "1"],
    [0.5, "50"],
    [0.999, "99"],
    [1, "100"],
  ])("of %d shows %s, and neither all nor none that isn't", (share, shown) => {
    expect(percent(share)).toBe(`${shown}\u202f%`);
  });
});

it.each([
  [0, "0.0 s"],
  [9_990, "9.9 s"],
  [59_999, "59 s"],
  [127_000, "2:07 min"],
  [3_727_000, "1:02:07 h"],
])("%d ms is %s", (ms, shown) => {
  expect(elapsed(ms)).toBe(shown);
});

it.each([
  [1, "1 page"],
  [2, "2 pages"],
  [0, "0 pages"],
])("%d is counted as %s", (n, shown) => {
  expect(counted(n, "page")).toBe(shown);
});

it.each([
  [999, "999 B"],
  [48_210, "48 kB"],
  [2_400_000, "2.4 MB"],
])("%d bytes are %s", (n, shown) => {
  expect(bytes(n)).toBe(shown);
});

describe("split", () => {
  const long = `https://shop.example/${"deep/".repeat(20)}the-end`;

  it("leaves a short address alone", () => {
    expect(split("/a")).toEqual(["/a", ""]);
  });

  it("keeps the end of a long one, and loses nothing", () => {
    const [head, tail] = split(long, 10);
    expect(tail).toBe("ep/the-end");
    expect(head + tail).toBe(long);
  });

  it("cuts between characters, not inside one", () => {
    const [head, tail] = split("🛒".repeat(50), 3);
    expect([head, tail]).toEqual(["🛒".repeat(47), "🛒🛒🛒"]);
  });
});

it("shows the end of an account, and that one is unknown", () => {
  expect([shortAccount("284915073166502"), shortAccount("AW-1"), shortAccount(null)]).toEqual([
    "…66502",
    "AW-1",
    "no id",
  ]);
});

it("tells a computed value from a constant one", () => {
  expect([value({ expr: "order.total" }), value("9.90"), value([1, "b"])]).toEqual([
    { text: "order.total", computed: true },
    { text: "9.90", computed: false },
    { text: '[1,"b"]', computed: false },
  ]);
});
