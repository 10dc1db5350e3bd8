/** Words as a POSIX shell takes them: `slipway rollback latest --receipt 'a file.json'`. */
export function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

/** A word as a POSIX shell takes it, in quotes only where it needs them. */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
