// Which line of the grouped table is what: a template, or one of its pages while it is open.

import type { TemplateCoverage } from "../gen/model";

export interface Group {
  template: TemplateCoverage;
  /** Pages shown under it; 0 while it is closed. */
  open: number;
}

export type Line = { kind: "group"; group: Group } | { kind: "page"; group: Group; index: number };

export class Layout {
  readonly length: number;
  private readonly starts: number[] = [];

  constructor(private readonly groups: Group[]) {
    let at = 0;
    for (const group of groups) {
      this.starts.push(at);
      at += 1 + group.open;
    }
    this.length = at;
  }

  /** What stands on a line, found by halving. */
  at(line: number): Line | undefined {
    let low = 0;
    let high = this.groups.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.starts[middle] ?? 0) <= line) low = middle;
      else high = middle - 1;
    }
    const group = this.groups[low];
    if (!group || line < 0 || line >= this.length) return undefined;
    const index = line - (this.starts[low] ?? 0) - 1;
    return index < 0 ? { kind: "group", group } : { kind: "page", group, index };
  }
}
