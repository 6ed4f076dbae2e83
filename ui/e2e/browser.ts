// The browser and the served window that end-to-end tests and pictures use: Chromium's headless shell of the system,
// and the build with the fake host, under the window's own content policy.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";
import { preview, type PreviewServer } from "vite";

const NAMES = ["chromium-headless-shell", "chromium", "google-chrome", "chrome"];

/** Path of a Chromium: `PIXELPROOF_CHROMIUM`, or the first of the usual names on the path. */
export function findBrowser(): string {
  const named = process.env.PIXELPROOF_CHROMIUM;
  if (named) return named;
  for (const name of NAMES) {
    try {
      const path = execFileSync("which", [name], { encoding: "utf8" }).trim();
      if (existsSync(path)) return path;
    } catch {
      // Not this one.
    }
  }
  throw new Error(`No Chromium found (tried ${NAMES.join(", ")}). Set PIXELPROOF_CHROMIUM to its path.`);
}

export interface Stage {
  browser: Browser;
  url: string;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const server: PreviewServer = await preview({
    build: { outDir: "test-results/app" },
    preview: { port: 0, host: "127.0.0.1" },
    logLevel: "warn",
  });
  const address = server.httpServer.address();
  if (address === null || typeof address === "string") throw new Error("the preview server has no port");
  // Only root, as in a container, has to do without the sandbox.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath: findBrowser(), args });
  return {
    browser,
    url: `http://127.0.0.1:${address.port}/`,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

export interface Window {
  page: Page;
  /** What the page complained of: errors, refused resources, console warnings. */
  complaints: string[];
}

export interface Look {
  width?: number;
  height?: number;
  dark?: boolean;
  still?: boolean;
}

export async function openWindow(stage: Stage, hash = "", look: Look = {}): Promise<Window> {
  const context = await stage.browser.newContext({
    viewport: { width: look.width ?? 1280, height: look.height ?? 800 },
    colorScheme: look.dark ? "dark" : "light",
    reducedMotion: look.still === false ? "no-preference" : "reduce",
    locale: "en-GB",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  await page.goto(stage.url + hash);
  return { page, complaints };
}
