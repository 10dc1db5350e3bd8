import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { reportToGitHub } from "../../src/cli/github.ts";

it("says in a job's summary what was left as it is, though nothing else was done", async () => {
  const directory = mkdtempSync(join(tmpdir(), "slipway-github-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "summary");
  const commit = "0123456789abcdef0123456789abcdef01234567";
  const unchanged = [
    { image: "team/api", version: "1.1.0", commit },
    { image: "team/web", version: "1.0.0", commit },
  ];
  await reportToGitHub({ format: 1, receipts: [], unchanged }, { GITHUB_STEP_SUMMARY: file });
  expect(readFileSync(file, "utf8")).toBe(
    "- team/api has not changed since 1.1.0, of commit `0123456789ab`\n" +
      "- team/web has not changed since 1.0.0, of commit `0123456789ab`\n\n",
  );
});
