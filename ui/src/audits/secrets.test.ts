import { beforeEach, expect, it } from "vitest";
import { call, useHost } from "../host";
import { createHost } from "../host/fake";
import { Session } from "../shell/session.svelte";
import { anySecret, noSecrets } from "./secrets";

beforeEach(() => useHost(createHost()));

it("takes blank fields for nothing given", () => {
  expect(anySecret(noSecrets())).toBe(false);
  expect(anySecret({ ...noSecrets(), headers: " \n" })).toBe(false);
  expect(anySecret({ ...noSecrets(), password: "p" })).toBe(true);
});

it("asks for what an audit was begun with before it goes on, and says what is wrong with the answer", async () => {
  const audit = (await call("list_audits", {})).find((row) => row.host === "members.example")?.id ?? "";
  const session = new Session();
  session.open(audit);
  await expect.poll(() => session.state?.needs).toEqual(["header", "basic-auth"]);
  await session.resume();
  expect(session.asking).toBe(true);
  const error = await session.goOn({ ...noSecrets(), headers: "no header", user: "u" });
  expect(error?.message).toContain("Header fields, line 1");
  expect(session.asking).toBe(true);
  expect(session.state?.state).toBe("incomplete");
  expect(await session.goOn({ ...noSecrets(), headers: "X-Key: k", user: "u" })).toBeNull();
  expect(session.asking).toBe(false);
  expect(session.running).toBe(true);
});
