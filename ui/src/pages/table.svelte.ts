// The page table's rows: flat, or grouped by template. New rows of a running audit wait until they are asked for.

import type { AppError, Overview, PagesQuery } from "../gen/model";
import { asAppError, call } from "../host";
import { Layout, type Group, type Line } from "./layout";
import { anyPage, isFiltered } from "./query";
import { PageWindow } from "./window.svelte";

const KEY = "pixelproof.grouped";

export class PageTable {
  flat = $state.raw<PageWindow | null>(null);
  overview = $state.raw<Overview | null>(null);
  error = $state.raw<AppError | null>(null);
  busy = $state(false);
  /** Pages the run had come to when the rows were asked for. */
  seen = $state(0);
  wantsGroups = $state(localStorage.getItem(KEY) === "yes");
  private query = $state.raw<PagesQuery>(anyPage());
  private opened = $state.raw(new Map<string, PageWindow>());
  private turn = 0;

  /** Groups only hold while no filter does: their counts are those of all pages. */
  readonly grouped = $derived(this.wantsGroups && !isFiltered(this.query));

  private readonly groups = $derived<Group[]>(
    (this.overview?.templates ?? []).map((template) => ({
      template,
      open: this.opened.get(template.template)?.total ?? 0,
    })),
  );
  private readonly layout = $derived(new Layout(this.groups));

  readonly count = $derived(this.grouped ? this.layout.length : (this.flat?.total ?? 0));

  constructor(private readonly audit: string) {}

  /** Asks anew. What is shown stays until the answer is here. */
  async load(query: PagesQuery, seen: number): Promise<void> {
    const turn = ++this.turn;
    this.busy = true;
    try {
      const flat = await new PageWindow(this.audit, query).open();
      const overview = this.wantsGroups ? await call("overview", { audit: this.audit }) : null;
      if (turn !== this.turn) return;
      this.flat = flat;
      this.error = flat.error;
      this.overview = overview;
      this.query = query;
      this.seen = seen;
      await this.reopen();
    } catch (thrown) {
      if (turn === this.turn) this.error = asAppError(thrown);
    } finally {
      if (turn === this.turn) this.busy = false;
    }
  }

  private async reopen(): Promise<void> {
    const opened = new Map<string, PageWindow>();
    for (const template of this.opened.keys()) opened.set(template, await this.windowOf(template));
    this.opened = opened;
  }

  private windowOf(template: string): Promise<PageWindow> {
    return new PageWindow(this.audit, { ...this.query, template }).open();
  }

  async group(on: boolean): Promise<void> {
    this.wantsGroups = on;
    if (on) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
    await this.load(this.query, this.seen);
  }

  isOpen(template: string): boolean {
    return this.opened.has(template);
  }

  async toggle(template: string): Promise<void> {
    const next = new Map(this.opened);
    if (!next.delete(template)) next.set(template, await this.windowOf(template));
    this.opened = next;
  }

  line(index: number): Line | null {
    return this.grouped ? (this.layout.at(index) ?? null) : null;
  }

  row(index: number) {
    if (!this.grouped) return this.flat?.row(index);
    const line = this.layout.at(index);
    return line?.kind === "page" ? this.opened.get(line.group.template.template)?.row(line.index) : undefined;
  }

  need(first: number, last: number): void {
    if (!this.grouped) {
      this.flat?.need(first, last);
      return;
    }
    for (let i = first; i <= last; i += 1) {
      const line = this.layout.at(i);
      if (line?.kind === "page") this.opened.get(line.group.template.template)?.need(line.index, line.index);
    }
  }
}
