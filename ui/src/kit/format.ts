// Numbers, times and names in the words and the locale of the reader.

import type { AppError, Text } from "../gen/model";

const whole = new Intl.NumberFormat();
const tenth = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function count(n: number): string {
  return whole.format(n);
}

export function decimal(n: number): string {
  return tenth.format(n);
}

/** `1 page`, `1,204 pages`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A share as a percentage. Only all is shown as 100, only none as 0: 999 of 1,000 is not all. */
export function percent(share: number): string {
  const rounded = Math.round(share * 100);
  const shown = share < 1 && rounded === 100 ? 99 : share > 0 && rounded === 0 ? 1 : rounded;
  return `${count(shown)}\u202f%`;
}

/** `0.4 s`, `14 s`, `2:07 min`, `1:02:07 h`. */
export function elapsed(ms: number): string {
  if (ms < 10_000) return `${decimal(Math.floor(ms / 100) / 10)} s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)} min`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)} h`;
}

export function bytes(n: number): string {
  if (n < 1000) return `${count(n)} B`;
  if (n < 1_000_000) return `${count(Math.round(n / 1000))} kB`;
  return `${decimal(n / 1_000_000)} MB`;
}

/** An RFC 3339 time; the text itself where it is none. */
export function moment(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : day.format(date);
}

/** A value that may only be known while the page runs. */
export function known(text: Text): string {
  return typeof text === "string" ? text : text.expr;
}

/** The end of an account, by which people know it. */
export function shortAccount(account: string | null): string {
  if (account === null) return "no id";
  return account.length <= 8 ? account : `…${account.slice(-5)}`;
}

/** A kebab-case word of the vocabulary as prose: `add-to-cart` is `add to cart`. */
export function words(kebab: string): string {
  return kebab.replaceAll("-", " ");
}

/** A parameter's value for a table. */
export function value(v: unknown): { text: string; computed: boolean } {
  if (typeof v === "object" && v !== null && "expr" in v && typeof v.expr === "string") {
    return { text: v.expr, computed: true };
  }
  return { text: typeof v === "string" ? v : JSON.stringify(v), computed: false };
}

/** Splits a long address so that its end can stay in sight when the start is cut. */
export function split(url: string, tail = 18): [string, string] {
  const chars = [...url];
  if (chars.length <= tail * 2) return [url, ""];
  return [chars.slice(0, -tail).join(""), chars.slice(-tail).join("")];
}

export function sentence(error: AppError): string {
  return /[.?!…]$/.test(error.message) ? error.message : `${error.message}.`;
}
