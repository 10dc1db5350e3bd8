import { isFailure } from "../../errors.ts";
import type { Problem } from "../../release/problem.ts";
import { type RunResult, run } from "../../run.ts";
import type { GatePlace } from "../judge.ts";
import {
  readGrype,
  readGrypeVersion,
  readTrivy,
  readTrivyVersion,
  type ScannerFacts,
  UnreadableReport,
} from "./reports.ts";
import type { Vulnerability } from "./vulnerability.ts";

/** A first run downloads a database of some hundred megabytes. */
const patienceMs = 15 * 60_000;
/** What a scanner knows of itself downloads nothing, and a plan waits for it. */
const aboutPatienceMs = 60_000;

/** A scanner on this machine. It runs in the directory of its layout, so that no ignore file of the project counts unsaid. */
export interface Scanner {
  /** Arguments that scan the layout in `directory` and print JSON. */
  readonly scan: (directory: string) => readonly string[];
  readonly read: (report: unknown) => Vulnerability[];
  /** Its questions about itself, and what their answers say. */
  readonly about: readonly (readonly string[])[];
  readonly readAbout: (answers: readonly unknown[]) => ScannerFacts;
}

export const scanners: Readonly<Record<"trivy" | "grype", Scanner>> = {
  trivy: {
    scan: (directory) => [
      ...["image", "--input", directory, "--format", "json", "--scanners", "vuln"],
      ...["--quiet", "--exit-code", "0", "--timeout", "15m"],
    ],
    read: readTrivy,
    about: [["version", "--format", "json"]],
    readAbout: ([version]) => readTrivyVersion(version),
  },
  grype: {
    scan: (directory) => [`oci-dir:${directory}`, "--output", "json", "--quiet"],
    read: readGrype,
    about: [
      ["version", "--output", "json"],
      ["db", "status", "--output", "json"],
    ],
    readAbout: ([version, status]) => readGrypeVersion(version, status),
  },
};

/** What keeps a scanner from being asked, or its answer from being read. */
export class ScannerFailure extends Error {
  readonly isMissing: boolean;

  constructor(message: string, isMissing = false) {
    super(message);
    this.isMissing = isMissing;
  }
}

/** The scanner's version and the date of its database. Throws ScannerFailure when it is not there. */
export async function askAbout(
  name: keyof typeof scanners,
  place: GatePlace,
): Promise<ScannerFacts> {
  const { about, readAbout } = scanners[name];
  const answers = [];
  for (const args of about) {
    const { stdout } = await runScanner(name, args, { ...place, timeout: aboutPatienceMs });
    answers.push(parsed(stdout));
  }
  return readAbout(answers);
}

/** That the scanner is not there, known before there is a layout to scan. Throws INTERRUPTED. */
export async function scannerProblems(
  name: keyof typeof scanners,
  place: GatePlace,
): Promise<readonly Problem[]> {
  try {
    const [question = []] = scanners[name].about;
    await runScanner(name, question, { ...place, timeout: aboutPatienceMs });
    return [];
  } catch (error) {
    if (!(error instanceof ScannerFailure)) throw error;
    if (!error.isMissing) return []; // it may scan all the same
    return [{ code: "GATE_TOOL_MISSING", message: error.message, remedy: installing(name) }];
  }
}

export function installing(name: string): string {
  return `install ${name}, or take another: gates.scan.with: trivy, grype or ecr`;
}

/**
 * What the scanner finds in the layout. A failing exit status with a report that can be read is what the user's own
 * configuration of the scanner makes of findings. Throws ScannerFailure.
 */
export async function scanWith(
  name: keyof typeof scanners,
  directory: string,
  place: GatePlace,
): Promise<Vulnerability[]> {
  const { scan, read } = scanners[name];
  const { exitCode, stdout, errorTail } = await runScanner(name, scan(directory), {
    ...place,
    timeout: patienceMs,
    cwd: directory,
  });
  try {
    return read(parsed(stdout));
  } catch (error) {
    if (!(error instanceof UnreadableReport)) throw error;
    const said = errorTail.filter((line) => line.trim() !== "").slice(-3);
    const ended = `${name} ended with ${exitCode ?? "a signal"}`;
    throw new ScannerFailure(
      said.length > 0 ? `${ended}: ${said.join(" ")}` : `${ended}, and ${error.message}`,
    );
  }
}

async function runScanner(
  name: string,
  args: readonly string[],
  { env, signal, timeout, cwd }: GatePlace & { readonly timeout: number; readonly cwd?: string },
): Promise<RunResult> {
  try {
    return await run(name, args, { env, signal, timeout, ...(cwd && { cwd }) });
  } catch (error) {
    if (!isFailure(error)) throw error;
    throw new ScannerFailure(error.message, error.code === "TOOL_MISSING");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
