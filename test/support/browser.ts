import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../..");
const names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

/** A Chromium: one on PATH, or the one that `node scripts/chromium.ts` brought, as `npm test` does. `undefined` where there is none. */
export function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const installed = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const brought = join(root, ".cache/chromium/chromium");
  return [...installed, brought].find((file) => existsSync(file));
}

/** The page's document after `milliseconds` of its own time, with what its scripts made of it. */
export async function domOf(browser: string, url: string, milliseconds = 1000): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), "slipway-browser-"));
  const quiet = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`];
  const dump = [`--virtual-time-budget=${milliseconds}`, "--dump-dom", url];
  try {
    const { stdout } = await promisify(execFile)(browser, [...quiet, ...dump], { timeout: 60_000 });
    return stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
