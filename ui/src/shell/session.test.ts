import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { call, useHost } from "../host";
import { createHost } from "../host/fake";
import { DEFAULT_CONFIG } from "../host/fake/catalogue";
import { Session } from "./session.svelte";

beforeEach(() => {
  vi.useFakeTimers();
  useHost(createHost());
});
afterEach(() => vi.useRealTimers());

async function running(): Promise<Session> {
  const session = new Session();
  const audit = await call("start_audit", {
    request: { input: "shop.example", secrets: null, config: DEFAULT_CONFIG },
  });
  session.open(audit);
  await vi.waitFor(() => expect(session.running).toBe(true));
  return session;
}

it("follows a run to its end", async () => {
  const session = await running();
  await vi.advanceTimersByTimeAsync(500);
  expect(session.seen).toBeGreaterThan(0);
  await vi.advanceTimersByTimeAsync(5000);
  await vi.waitFor(() => expect(session.state?.state).toBe("complete"));
});

it("pauses, goes on and stops, and says why the audit is incomplete", async () => {
  const session = await running();
  await session.act("pause_audit");
  expect(session.state?.state).toBe("paused");
  const seen = session.seen;
  await vi.advanceTimersByTimeAsync(3000);
  expect(session.seen).toBe(seen);
  await session.resume();
  expect(session.state?.state).toBe("running");
  await session.act("stop_audit");
  await vi.waitFor(() => expect(session.state?.state).toBe("incomplete"));
  expect(session.state?.head.incomplete_reason).toBe("Stopped by you.");
});

it("doesn't mix up two audits", async () => {
  const session = await running();
  session.open("a1");
  await vi.waitFor(() => expect(session.state?.head.id).toBe("a1"));
  const seen = session.seen;
  await vi.advanceTimersByTimeAsync(5000);
  expect([session.state?.head.id, session.seen]).toEqual(["a1", seen]);
});

it("says so when the audit is gone", async () => {
  const session = new Session();
  session.open("gone");
  await vi.waitFor(() => expect(session.error?.code).toBe("not-found"));
});
