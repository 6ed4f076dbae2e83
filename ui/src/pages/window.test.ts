import { beforeEach, expect, it, vi } from "vitest";
import type { PageRow, PagesWindow } from "../gen/model";
import { useHost } from "../host";
import { createHost } from "../host/fake";
import { anyPage } from "./query";
import { CHUNK, PageWindow } from "./window.svelte";

const TOTAL = 100_000;
let asked: number[][] = [];

function answer(offset: number, limit: number): PagesWindow {
  const row = (i: number) => ({ id: i, path: `/${i}` }) as PageRow;
  return { total: TOTAL, pixels: [], rows: Array.from({ length: limit }, (_, i) => row(offset + i)) };
}

beforeEach(() => {
  asked = [];
  const fake = createHost();
  useHost({
    watch: (audit, listen) => fake.watch(audit, listen),
    call: (name, args) => {
      if (name !== "pages" || (args as { audit: string }).audit !== "big") return fake.call(name, args);
      const { offset, limit } = (args as { query: { offset: number; limit: number } }).query;
      asked.push([offset, limit]);
      return Promise.resolve(answer(offset, limit) as never);
    },
  });
});

async function show(rows: PageWindow, first: number, last: number): Promise<void> {
  rows.need(first, last);
  await vi.waitFor(() => expect(rows.row(last)?.path).toBe(`/${last}`));
}

it("asks for what is in sight, once, in windows that the host allows", async () => {
  const rows = await new PageWindow("big", anyPage()).open();
  await show(rows, 0, 30);
  await show(rows, 950, 1010);
  await show(rows, 960, 1005);
  expect(asked).toEqual([
    [0, CHUNK],
    [900, CHUNK],
    [1000, CHUNK],
  ]);
  expect(rows.total).toBe(TOTAL);
});

it("keeps a bounded number of rows, and asks again for what it dropped", async () => {
  const rows = await new PageWindow("big", anyPage()).open();
  for (let chunk = 1; chunk < 40; chunk += 1) await show(rows, chunk * CHUNK, chunk * CHUNK);
  expect(rows.row(0)).toBeUndefined();
  await show(rows, 0, 0);
});

it("says what went wrong", async () => {
  const rows = await new PageWindow("gone", anyPage()).open();
  expect(rows.error?.code).toBe("not-found");
});
