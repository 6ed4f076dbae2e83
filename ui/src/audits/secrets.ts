// Secrets of an audit, in words. They go from the field to the host and are kept nowhere else.

import type { Secret, Secrets } from "../gen/model";

export const SECRETS: Secret[] = ["header", "cookie", "cookie-file", "basic-auth", "proxy"];

export const MISSING: Record<Secret, string> = {
  header: "header fields",
  cookie: "cookies",
  "cookie-file": "a file of cookies",
  "basic-auth": "a user and a password",
  proxy: "a proxy",
};

export function noSecrets(): Secrets {
  return { headers: "", cookies: "", cookie_file: "", user: "", password: "", proxy: "" };
}

/** Whether anything was typed. */
export function anySecret(secrets: Secrets): boolean {
  return Object.values(secrets).some((text: string) => text.trim() !== "");
}
