import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useHost } from "../host";
import { createHost } from "../host/fake";
import { DEFAULT_CONFIG } from "../host/fake/catalogue";
import { session } from "../shell/session.svelte";
import { addresses, form, list, settled } from "./start.svelte";

beforeEach(() => {
  vi.useFakeTimers();
  useHost(createHost());
  session.home();
  form.input = "";
  form.error = null;
});
afterEach(() => vi.useRealTimers());

it("takes one address a line", () => {
  expect(addresses(" a.example \r\n\n b.example/x y\n")).toEqual(["a.example", "b.example/x y"]);
  expect(list("/a/**, /b/**  /c")).toEqual(["/a/**", "/b/**", "/c"]);
});

it("takes an emptied number for its default, and a broken one for a whole", () => {
  const broken = {
    ...DEFAULT_CONFIG,
    max_pages: Number.NaN,
    max_depth: 2.4,
    concurrency: 0,
    user_agent: " ",
  };
  expect(settled(broken, DEFAULT_CONFIG)).toEqual({ ...DEFAULT_CONFIG, max_depth: 2, concurrency: 1 });
});

it.each([
  ["", "Enter the address of a site"],
  ["not an address", "is not the address of a page"],
])("says at the field what is wrong with “%s”", async (input, said) => {
  form.input = input;
  await form.submit();
  expect(form.error).toContain(said);
  expect(session.route.audit).toBeNull();
});

it.each([
  ["nowhere.example", "No host is called nowhere.example"],
  ["file.example", "not an HTML page"],
  ["robots.example", "robots.txt"],
])("comes back to the field when %s can't be read", async (input, said) => {
  form.input = input;
  await form.submit();
  await vi.advanceTimersByTimeAsync(3000);
  await vi.waitFor(() => expect(form.error).toContain(said));
  expect([session.route.audit, form.input]).toEqual([null, input]);
});

it("goes to the pages of a run, and stays there", async () => {
  form.input = "shop.example";
  await form.submit();
  expect(session.route.view).toBe("pages");
  await vi.advanceTimersByTimeAsync(5000);
  await vi.waitFor(() => expect(session.state?.state).toBe("complete"));
  expect(session.seen).toBe(41);
});

it("audits exactly a list", async () => {
  form.input = "a.example/1\na.example/2\n";
  await form.submit();
  await vi.waitFor(() => expect(session.state?.head.config.list_only).toBe(true));
});

it("says what the engine says where a browser is needed and there is none, and keeps what was typed", async () => {
  form.input = "no-browser.example";
  await form.prepare();
  if (form.config === null) throw new Error("the form has no configuration");
  form.config.mode = "browser";
  await form.submit();
  expect(form.error).toContain("No browser to look with");
  expect([session.route.audit, form.input]).toEqual([null, "no-browser.example"]);
  form.config.mode = "source";
});
