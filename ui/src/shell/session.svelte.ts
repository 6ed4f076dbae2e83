// What the whole window shares: where it is, which audit is open, how its run goes. Rows are not here: each view asks
// for its own.

import type { AppError, AuditState, Counts, Progress, Secrets, VendorInfo } from "../gen/model";
import { asAppError, call, watch } from "../host";
import { anyPage } from "../pages/query";
import { format, parse, start, type Route, type View } from "./route";

/** Notices shown at once: the latest. */
const NOTICES = 5;

export class Session {
  route = $state.raw<Route>(start());
  /** The open audit; null while it loads and on the start page. */
  state = $state.raw<AuditState | null>(null);
  error = $state.raw<AppError | null>(null);
  notices = $state.raw<string[]>([]);
  vendors = $state.raw<VendorInfo[]>([]);
  palette = $state(false);
  keys = $state(false);
  /** Secrets are asked for before the audit goes on. */
  asking = $state(false);
  /** Called with each run that ends while this window follows it. */
  onEnd: ((audit: string, reason: string | null) => void) | null = null;
  private following: string | null = null;

  readonly running = $derived(this.state?.state === "running" || this.state?.state === "paused");
  /** Pages that the run has come to. */
  readonly seen = $derived(this.state ? this.state.counts.fetched + this.state.counts.failed : 0);

  /** Takes the window's address as its place, now and whenever it changes. Returns what undoes that. */
  listen(): () => void {
    const onMove = () => this.take(parse(location.hash));
    addEventListener("popstate", onMove);
    onMove();
    void this.loadVendors();
    return () => removeEventListener("popstate", onMove);
  }

  private async loadVendors(): Promise<void> {
    try {
      this.vendors = await call("vendors", {});
    } catch {
      // Columns then show catalogue ids instead of initials.
    }
  }

  initials(vendor: string): string {
    return this.vendors.find((v) => v.id === vendor)?.initials ?? vendor.slice(0, 3);
  }

  vendorName(vendor: string): string {
    return this.vendors.find((v) => v.id === vendor)?.name ?? vendor;
  }

  /** Changes the place. `replace` leaves no step to go back to: for typing. */
  go(change: Partial<Route>, replace = false): void {
    const next = { ...this.route, ...change };
    const hash = format(next);
    if (hash !== location.hash) {
      if (replace) history.replaceState(null, "", hash);
      else history.pushState(null, "", hash);
    }
    this.take(next);
  }

  view(view: View): void {
    this.go({ view, page: null, query: anyPage(), finding: null });
  }

  open(audit: string, view: View = "overview"): void {
    this.go({ ...start(), audit, view });
  }

  home(): void {
    this.go(start());
  }

  private take(route: Route): void {
    const before = this.route.audit;
    this.route = route;
    if (route.audit === before && this.state !== null) return;
    this.state = null;
    this.error = null;
    this.notices = [];
    this.asking = false;
    if (route.audit !== null) void this.load(route.audit);
  }

  private async load(audit: string): Promise<void> {
    try {
      const state = await call("audit_state", { audit });
      if (this.route.audit !== audit) return;
      this.state = state;
      this.notices = (state.head.notices ?? []).slice(-NOTICES);
      if (this.running) void this.follow(audit);
    } catch (thrown) {
      if (this.route.audit === audit) this.error = asAppError(thrown);
    }
  }

  private async follow(audit: string): Promise<void> {
    if (this.following === audit) return;
    this.following = audit;
    try {
      await watch(audit, (message) => this.hear(audit, message));
      // The run may have ended before anyone listened, or before its last message came through.
      await this.finish(audit, null);
    } catch (thrown) {
      this.following = null;
      if (this.route.audit === audit) this.notice(`The run can't be followed. ${asAppError(thrown).message}`);
    }
  }

  private notice(message: string): void {
    if (this.notices.includes(message)) return;
    this.notices = [...this.notices, message].slice(-NOTICES);
  }

  private hear(audit: string, message: Progress): void {
    if (message.type === "done") {
      void this.finish(audit, message.reason);
      return;
    }
    if (this.route.audit !== audit || this.state === null) return;
    switch (message.type) {
      case "counts":
        this.state = { ...this.state, counts: countsOf(message) };
        break;
      case "phase":
        this.state = {
          ...this.state,
          phase: message.phase,
          state: message.phase === "paused" ? "paused" : "running",
        };
        break;
      case "notice":
        this.notice(message.message);
        break;
      case "started":
        break;
    }
  }

  private async finish(audit: string, reason: string | null): Promise<void> {
    if (this.following !== audit) return;
    this.following = null;
    const state = await call("audit_state", { audit }).catch(() => null);
    if (state === null) return;
    if (this.route.audit === audit) this.state = state;
    this.onEnd?.(audit, reason ?? state.head.incomplete_reason ?? null);
  }

  async act(name: "pause_audit" | "stop_audit"): Promise<void> {
    const audit = this.route.audit;
    if (audit === null) return;
    try {
      await call(name, { audit });
    } catch (thrown) {
      this.notice(asAppError(thrown).message);
    }
  }

  /** Goes on with a paused run, or with an audit that was cut short: asks first for secrets that it can't do without. */
  async resume(): Promise<void> {
    if (!this.running && (this.state?.needs.length ?? 0) > 0) {
      this.asking = true;
      return;
    }
    const error = await this.goOn(null);
    if (error) this.notice(error.message);
  }

  /** Goes on with these secrets; gives what keeps it from doing so. */
  async goOn(secrets: Secrets | null): Promise<AppError | null> {
    const audit = this.route.audit;
    if (audit === null) return null;
    const ended = !this.running;
    try {
      await call("resume_audit", { audit, secrets });
      this.asking = false;
      // An audit that goes on is a new run: its state and its messages are those of that run.
      if (ended) await this.load(audit);
      return null;
    } catch (thrown) {
      return asAppError(thrown);
    }
  }
}

function countsOf(message: Counts): Counts {
  const { found, fetched, failed, in_flight, rate, elapsed_ms, bytes } = message;
  return { found, fetched, failed, in_flight, rate, elapsed_ms, bytes };
}

export const session = new Session();
