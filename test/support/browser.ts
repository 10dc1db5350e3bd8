import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../..");
const names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

/**
 * A Chromium: one on PATH, or the one that `node scripts/chromium.ts` brought, which `npm run test:long` lets bring it.
 * `undefined` where there is none.
 */
export function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const installed = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const brought = join(root, ".cache/chromium/chromium");
  const there = [...installed, brought].find((file) => existsSync(file));
  if (there !== undefined || process.env.SLIPWAY_TEST_CASES !== "all") return there;
  const bring = ["--no-warnings", join(root, "scripts/chromium.ts")];
  // It says itself why it cannot: no apt, no network.
  const { stdout } = spawnSync(process.execPath, bring, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return stdout.trim() || undefined;
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
