// The form of a new audit. It outlives the start page, so that what was typed is still there when a start fails.

import type { AuditConfig, Journey, Secrets } from "../gen/model";
import { asAppError, call } from "../host";
import { sentence } from "../kit/format";
import { anyPage } from "../pages/query";
import { session } from "../shell/session.svelte";
import { anySecret, noSecrets } from "./secrets";

/** The addresses in what was typed: one a line. */
export function addresses(input: string): string[] {
  return input
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** A list typed into one field: separated by commas, spaces or lines. */
export function list(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/** The configuration with whole numbers: an emptied field counts as its default. */
export function settled(config: AuditConfig, defaults: AuditConfig): AuditConfig {
  const whole = (n: number, otherwise: number, least: number) =>
    Number.isFinite(n) ? Math.max(least, Math.round(n)) : otherwise;
  return {
    ...config,
    max_pages: whole(config.max_pages, defaults.max_pages, 1),
    max_depth: whole(config.max_depth, defaults.max_depth, 0),
    concurrency: whole(config.concurrency, defaults.concurrency, 1),
    timeout_s: whole(config.timeout_s, defaults.timeout_s, 1),
    user_agent: config.user_agent.trim() || defaults.user_agent,
  };
}

class StartForm {
  input = $state("");
  /** Filled from the host's defaults once; null until then. */
  config = $state<AuditConfig | null>(null);
  error = $state<string | null>(null);
  /** The audit behind the error, if one was kept. */
  kept = $state<string | null>(null);
  busy = $state(false);
  /** What lets the audit in. */
  secrets = $state<Secrets>(noSecrets());
  /** Why a file of a journey can't be read. */
  journeyError = $state<string | null>(null);
  private launched: string | null = null;
  private defaults: AuditConfig | null = null;

  readonly lines = $derived(addresses(this.input));
  readonly isList = $derived(this.lines.length > 1);

  constructor() {
    session.onEnd = (audit, reason) => void this.ended(audit, reason);
  }

  async prepare(): Promise<void> {
    if (this.config !== null) return;
    try {
      this.defaults = await call("default_config", {});
      this.config = structuredClone(this.defaults);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  async submit(): Promise<void> {
    if (this.busy) return;
    this.error = null;
    this.kept = null;
    if (this.lines.length === 0 && (this.config?.journeys.length ?? 0) === 0) {
      this.error = "Enter the address of a site, such as shop.example.";
      return;
    }
    await this.prepare();
    if (this.config === null || this.defaults === null) return;
    this.busy = true;
    try {
      const config = { ...settled($state.snapshot(this.config), this.defaults), list_only: this.isList };
      const typed = $state.snapshot(this.secrets);
      const secrets = anySecret(typed) ? typed : null;
      const audit = await call("start_audit", { request: { input: this.lines.join("\n"), secrets, config } });
      this.launched = audit;
      session.open(audit, "pages");
    } catch (thrown) {
      this.fail(thrown);
    } finally {
      this.busy = false;
    }
  }

  /** Reads files of journeys, in their order; the first that can't be read is said. */
  async addJourneys(files: { name: string; text(): Promise<string> }[]): Promise<void> {
    this.journeyError = null;
    for (const file of files) {
      try {
        const journey: Journey = await call("parse_journey", { file: file.name, text: await file.text() });
        this.config?.journeys.push(journey);
      } catch (thrown) {
        this.journeyError ??= sentence(asAppError(thrown));
      }
    }
  }

  removeJourney(at: number): void {
    this.config?.journeys.splice(at, 1);
  }

  /** Serves the built-in shop and audits it. */
  async demo(): Promise<void> {
    this.error = null;
    try {
      this.input = await call("start_demo", {});
    } catch (thrown) {
      this.fail(thrown);
      return;
    }
    await this.submit();
  }

  private fail(thrown: unknown): void {
    this.error = sentence(asAppError(thrown));
  }

  /** A run that read nothing has nothing to show: the reason belongs at the field it came from. */
  private async ended(audit: string, reason: string | null): Promise<void> {
    if (audit !== this.launched || this.isList) return;
    this.launched = null;
    const said = await whyNothing(audit, reason);
    if (said === null || session.route.audit !== audit) return;
    this.error = said;
    this.kept = audit;
    session.home();
  }
}

/** Why an audit read no page; null where it read one, or nobody knows. */
async function whyNothing(audit: string, reason: string | null): Promise<string | null> {
  try {
    const overview = await call("overview", { audit });
    if (overview.totals.read > 0) return null;
    if (reason !== null) return reason;
    const window = await call("pages", { audit, query: { ...anyPage(), limit: 1 } });
    return window.rows[0]?.reason ?? null;
  } catch {
    // The audit itself then says what is wrong with it.
    return null;
  }
}

export const form = new StartForm();
