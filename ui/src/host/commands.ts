// What the window may ask of whatever hosts it: one line a command. The names and arguments are those of the
// desktop shell's commands; the types come from Rust.

import type {
  AuditConfig,
  AuditDiff,
  AuditRow,
  AuditState,
  EventRow,
  EventsQuery,
  ExportRequest,
  ExportedFile,
  FindingsView,
  Journey,
  JourneyView,
  Overview,
  PageDetail,
  PagesQuery,
  PagesWindow,
  Progress,
  RuleInfo,
  Secrets,
  StartRequest,
  VendorInfo,
} from "../gen/model";

type Nothing = Record<string, never>;
type OfAudit = { audit: string };

export interface AppInfo {
  version: string;
  /** Folder that reports go to unless another is chosen. */
  default_folder: string;
}

export interface Commands {
  start_audit: { args: { request: StartRequest }; result: string };
  pause_audit: { args: OfAudit; result: null };
  resume_audit: { args: OfAudit & { secrets: Secrets | null }; result: null };
  stop_audit: { args: OfAudit; result: null };
  list_audits: { args: Nothing; result: AuditRow[] };
  delete_audit: { args: OfAudit; result: null };
  audit_state: { args: OfAudit; result: AuditState };
  overview: { args: OfAudit; result: Overview };
  pages: { args: OfAudit & { query: PagesQuery }; result: PagesWindow };
  page: { args: OfAudit & { page: number }; result: PageDetail };
  page_source: { args: OfAudit & { page: number }; result: string | null };
  page_picture: { args: OfAudit & { page: number; n: number }; result: string | null };
  events: { args: OfAudit & { query: EventsQuery }; result: EventRow[] };
  journeys: { args: OfAudit; result: JourneyView[] };
  parse_journey: { args: { file: string; text: string }; result: Journey };
  findings: { args: OfAudit; result: FindingsView };
  ignore_finding: { args: OfAudit & { finding: string; reason: string | null }; result: null };
  diff_audits: { args: { before: string; after: string }; result: AuditDiff };
  export_audit: { args: OfAudit & { request: ExportRequest }; result: ExportedFile[] };
  summary_text: { args: OfAudit; result: string };
  pick_folder: { args: Nothing; result: string | null };
  open_folder: { args: { path: string }; result: null };
  start_demo: { args: Nothing; result: string };
  vendors: { args: Nothing; result: VendorInfo[] };
  rules: { args: Nothing; result: RuleInfo[] };
  default_config: { args: Nothing; result: AuditConfig };
  app_info: { args: Nothing; result: AppInfo };
}

export type Command = keyof Commands;
export type Args<K extends Command> = Commands[K]["args"];
export type Result<K extends Command> = Commands[K]["result"];

/** Whatever stands behind the window. Failures are thrown as `AppError`. */
export interface Host {
  call<K extends Command>(name: K, args: Args<K>): Promise<Result<K>>;
  /** Tells of a running audit, and ends when the run has: at once when the audit isn't running. */
  watch(audit: string, onProgress: (message: Progress) => void): Promise<void>;
}
