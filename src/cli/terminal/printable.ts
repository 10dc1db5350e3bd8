/** Bytes that a terminal obeys, and marks that turn the direction of what follows; the formats of `style.ts` as wholes. */
const obeyed = /\p{Cc}(?:\[(?:1|2|22|31|32|33|39)m)?|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const begin = "\u001b";

/**
 * Text of ours with words of others in it, such as an image's labels, for a terminal: what would move the cursor,
 * hide or colour something or ring a bell is shown as `\u001b` and not obeyed. Lines and our own formats stay.
 */
export function printable(text: string): string {
  return text.replace(obeyed, (found) => ("\n\t".includes(found) ? found : shown(found)));
}

/** The same for what has to stay on its line: nobody can add lines that look like ours. */
export function inOneLine(text: string): string {
  return text.replace(obeyed, shown);
}

/** Words of others alone, on one line: none of the formats in them is ours. */
export function foreign(text: string): string {
  return text.replace(obeyed, escaped);
}

/** The same for words that may be several lines. */
export function foreignLines(text: string): string {
  return text.replace(obeyed, (found) => ("\n\t".includes(found) ? found : escaped(found)));
}

function shown(found: string): string {
  return found.startsWith(begin) && found.length > 1 ? found : escaped(found);
}

function escaped(found: string): string {
  const [first = "", ...rest] = found;
  const named = first === "\n" ? "\\n" : first === "\t" ? " " : undefined;
  const code = `\\u${first.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${named ?? code}${rest.join("")}`;
}

/** A command at the beginning of a line, and the older form anywhere in it; of Azure Pipelines' runner as well. `^` stands behind each of the four line ends: blanks that held one would be read anew from every line. */
const commands = /^([^\S\n\r\u2028\u2029]*):(?=:)|#(?=#(?:vso)?\[)/gm;

/**
 * Text in a log from which no CI runner takes a command: a label that begins with `::set-output …` would be the step's output
 * (actions/runner, ActionCommand.cs). The first sign of one is shown as `\u003a` or `\u0023`, which in JSON is the same.
 */
export function commandless(text: string): string {
  return text.replace(commands, (_, space?: string) =>
    space === undefined ? "\\u0023" : `${space}\\u003a`,
  );
}
