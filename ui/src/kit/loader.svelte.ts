import { asAppError } from "../host";
import type { AppError } from "../gen/model";

/** Something asked of the host: the last answer, or what went wrong. Late answers to older questions are dropped. */
export class Loader<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<AppError | null>(null);
  busy = $state(false);
  private turn = 0;

  async load(ask: () => Promise<T>): Promise<void> {
    const turn = ++this.turn;
    this.busy = true;
    try {
      const value = await ask();
      if (turn !== this.turn) return;
      this.value = value;
      this.error = null;
    } catch (thrown) {
      if (turn === this.turn) this.error = asAppError(thrown);
    } finally {
      if (turn === this.turn) this.busy = false;
    }
  }
}
