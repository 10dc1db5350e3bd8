/** The shells that `RUN` goes through: `/bin/sh -c`, `/bin/bash -o pipefail -c`, `cmd /S /C`, `powershell -Command`. */
const shell = String.raw`(?:\S*sh(?: -[\w-]+| pipefail)*? -\w*c|cmd(?:\.exe)?(?: \/\w+)*? \/C|powershell(?:\.exe)?(?: \S+)*? -Command) `;
const shellForm = new RegExp(`^${shell}`, "i");
const shellAnywhere = new RegExp(`^.*? (?=${shell})`, "is");

/** More than is shown: whoever made the image chose the words, and there are some that take the square of their number. */
const longest = 20_000;

/**
 * An entry of a config's history as the Dockerfile had it, on one line. buildkit writes `RUN |1 TOKEN=x /bin/sh -c make # buildkit`, the
 * values of build arguments between; docker's old builder `/bin/sh -c make` and `/bin/sh -c #(nop) COPY file:… in /`. `null` for none.
 */
export function readableInstruction(createdBy: string): string | null {
  const line = createdBy
    .slice(0, longest)
    .replace(/\s+/g, " ")
    .trim()
    .replace(/ # buildkit$/, "");
  if (line === "") return null;
  const nop = /^\S*sh -c #\(nop\) */.exec(line);
  if (nop) return line.slice(nop[0].length);
  if (/^(?:RUN )?\|\d+ /.test(line)) {
    return `RUN ${withoutArguments(line.replace(/^(?:RUN )?/, ""))}`;
  }
  if (line.startsWith("RUN ")) return `RUN ${line.slice(4).replace(shellForm, "")}`;
  return shellForm.test(line) ? `RUN ${line.replace(shellForm, "")}` : line;
}

/** `|2 A=one B=two words /bin/sh -c make` → `make`. Values may hold spaces, so the shell is looked for first. */
function withoutArguments(line: string): string {
  if (shellAnywhere.test(line)) return line.replace(shellAnywhere, "").replace(shellForm, "");
  const count = Number(/^\|(\d+) /.exec(line)?.[1]);
  return line
    .split(" ")
    .slice(1 + count)
    .join(" ");
}
