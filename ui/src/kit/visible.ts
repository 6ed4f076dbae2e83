/** Lines drawn beyond each edge, so that scrolling shows no gap. */
const SPARE = 8;

export interface Span {
  first: number;
  /** One past the last. */
  end: number;
}

/** The lines to draw of `count`, for a box of `height` scrolled by `top`. */
export function visible(top: number, height: number, line: number, count: number): Span {
  const first = Math.min(Math.max(0, Math.floor(top / line) - SPARE), Math.max(0, count - 1));
  const end = Math.min(count, Math.ceil((top + height) / line) + SPARE);
  return { first, end: Math.max(first, end) };
}
