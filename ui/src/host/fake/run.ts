// A made-up run: pages come in by the clock, messages as the real engine sends them.

import type { Progress } from "../../gen/model";
import type { FakeAudit } from "./audit";

const TICK_MS = 100;
/** A run takes about this many ticks, however large the site. */
const TICKS = 24;

export class FakeRun {
  private listeners = new Set<(message: Progress) => void>();
  private timer: ReturnType<typeof setInterval> | null = null;
  private readonly step: number;

  constructor(
    private readonly audit: FakeAudit,
    /** How the run ends; null when every page was looked at. */
    private readonly reason: string | null = null,
  ) {
    this.step = Math.max(1, Math.ceil(audit.site.pages.length / TICKS));
    audit.state = "running";
    audit.phase = "crawling";
    audit.revealed = 0;
    audit.recount();
    this.go();
  }

  /** Ends with the run. */
  watch(listener: (message: Progress) => void): Promise<void> {
    listener({ type: "started", audit: this.audit.id });
    listener({ type: "counts", ...this.audit.counts });
    if (this.over()) {
      listener(this.done());
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.listeners.add((message) => {
        listener(message);
        if (message.type === "done") resolve();
      });
    });
  }

  pause(): void {
    this.halt();
    this.set("paused", "paused");
  }

  resume(): void {
    this.set("running", "crawling");
    this.go();
  }

  stop(): void {
    if (!this.over()) this.end("Stopped by you.");
  }

  private over(): boolean {
    return this.audit.state === "complete" || this.audit.state === "incomplete";
  }

  private go(): void {
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
  }

  private halt(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  private set(state: "running" | "paused", phase: "crawling" | "paused"): void {
    this.audit.state = state;
    this.audit.phase = phase;
    this.send({ type: "phase", phase });
  }

  private tick(): void {
    const { audit } = this;
    audit.revealed = Math.min(audit.revealed + this.step, audit.site.pages.length);
    audit.counts.elapsed_ms += TICK_MS;
    audit.counts.rate = (audit.revealed * 1000) / audit.counts.elapsed_ms;
    audit.counts.in_flight = audit.config.concurrency;
    audit.recount();
    this.send({ type: "counts", ...audit.counts });
    if (audit.revealed === audit.site.pages.length) this.end(this.reason);
  }

  private end(reason: string | null): void {
    this.halt();
    const { audit } = this;
    audit.state = reason === null ? "complete" : "incomplete";
    audit.phase = null;
    audit.reason = reason;
    audit.counts.in_flight = 0;
    audit.recount();
    this.send({ type: "counts", ...audit.counts });
    this.send(this.done());
    this.listeners.clear();
  }

  private done(): Progress {
    return { type: "done", complete: this.audit.state === "complete", reason: this.audit.reason };
  }

  private send(message: Progress): void {
    for (const listener of this.listeners) listener(message);
  }
}
