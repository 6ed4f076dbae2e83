// The only door between the window and what hosts it. Nothing else in the window knows Tauri.

import { isTauri } from "@tauri-apps/api/core";
import type { AppError, Progress } from "../gen/model";
import { HostError } from "./errors";
import type { Args, Command, Host, Result } from "./commands";

export type { AppInfo, Command, Commands } from "./commands";

let opened: Promise<Host> | undefined;

function host(): Promise<Host> {
  opened ??= open();
  return opened;
}

async function open(): Promise<Host> {
  if (isTauri()) return (await import("./tauri")).host;
  // A release build holds no fake: the condition is constant and the import falls away.
  if (import.meta.env.MODE !== "production") return (await import("./fake")).createHost();
  throw new HostError("internal", "This page only works inside the Pixelproof window.");
}

export async function call<K extends Command>(name: K, args: Args<K>): Promise<Result<K>> {
  return (await host()).call(name, args);
}

export async function watch(audit: string, onProgress: (message: Progress) => void): Promise<void> {
  return (await host()).watch(audit, onProgress);
}

/** Puts another host in place: for tests. */
export function useHost(other: Host): void {
  opened = Promise.resolve(other);
}

/** Whatever was thrown, as an error to show. */
export function asAppError(thrown: unknown): AppError {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && "message" in thrown) {
    return thrown as AppError;
  }
  return { code: "internal", message: thrown instanceof Error ? thrown.message : String(thrown) };
}
