// The rows of one question about pages, asked of the host in chunks as they come into sight.

import type { AppError, PageRow, PagesQuery, PixelCoverage } from "../gen/model";
import { asAppError, call } from "../host";

/** Rows asked for at once. */
export const CHUNK = 100;
/** Chunks kept; those farthest from sight go first. */
const KEPT = 24;

export class PageWindow {
  /** Rows that match; null until the first answer. */
  total = $state<number | null>(null);
  pixels = $state.raw<PixelCoverage[]>([]);
  error = $state.raw<AppError | null>(null);
  private chunks = $state.raw(new Map<number, PageRow[]>());
  private readonly asked = new Set<number>();

  constructor(
    private readonly audit: string,
    private readonly query: PagesQuery,
  ) {}

  /** Asks for the first rows and waits for them. */
  async open(): Promise<this> {
    this.asked.add(0);
    await this.ask(0);
    return this;
  }

  row(index: number): PageRow | undefined {
    return this.chunks.get(Math.floor(index / CHUNK))?.[index % CHUNK];
  }

  /** Makes sure that these rows are here or on their way. */
  need(first: number, last: number): void {
    const end = Math.floor(Math.max(first, last) / CHUNK);
    for (let chunk = Math.floor(first / CHUNK); chunk <= end; chunk += 1) {
      if (this.asked.has(chunk)) continue;
      this.asked.add(chunk);
      void this.ask(chunk);
    }
  }

  private async ask(chunk: number): Promise<void> {
    try {
      const query = { ...this.query, offset: chunk * CHUNK, limit: CHUNK };
      const answer = await call("pages", { audit: this.audit, query });
      // The first answer says how many rows there are. A running audit may have more by the next: those wait.
      this.total ??= answer.total;
      if (this.pixels.length === 0) this.pixels = answer.pixels;
      this.keep(chunk, answer.rows);
    } catch (thrown) {
      this.asked.delete(chunk);
      this.error = asAppError(thrown);
    }
  }

  private keep(chunk: number, rows: PageRow[]): void {
    const next = new Map(this.chunks).set(chunk, rows);
    if (next.size > KEPT) {
      const farthest = [...next.keys()].reduce((a, b) =>
        Math.abs(a - chunk) >= Math.abs(b - chunk) ? a : b,
      );
      next.delete(farthest);
      this.asked.delete(farthest);
    }
    this.chunks = next;
  }
}
