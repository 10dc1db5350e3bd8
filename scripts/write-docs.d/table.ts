/** A Markdown table; a `|` in a cell does not end it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The line under the title of a page that is made from the code. */
export function madeFrom(what: string): string {
  return `<!-- Made from ${what} by scripts/write-docs.ts: change it there. -->`;
}
