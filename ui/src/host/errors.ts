import type { AppError, ErrorCode } from "../gen/model";

/** An `AppError` that can be thrown: what the desktop shell sends has the same two fields. */
export class HostError extends Error implements AppError {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}
