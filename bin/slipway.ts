#!/usr/bin/env node
// Only a default import here: a named one that an old Node lacks would be a SyntaxError.
import module from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(
    `slipway needs Node 22.12 or newer, and this is ${process.versions.node}: install a newer one from https://nodejs.org\n`,
  );
  process.exitCode = 1;
} else {
  module.enableCompileCache?.(); // before the first heavy import
  // Not oclif's `execute`: it cuts off what a reader has not taken within ten seconds, such as a pager.
  const run = import("@oclif/core").then(({ run, handle }) =>
    run(undefined, import.meta.url).catch(handle),
  );
  void run.then(endSoon);
}

/** Time to clear up after an interrupt; what then still holds the process, such as a `credential_process` of the SDK's, is not waited for. */
const clearingUpMs = 12_000;

/** But for the reader of stdout: to end the process would cut off what it has not taken. */
function endSoon(): void {
  const end = () => process.stdout.write("", () => process.exit());
  setTimeout(end, clearingUpMs).unref();
}
