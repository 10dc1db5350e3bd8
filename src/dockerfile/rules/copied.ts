import type { Instruction } from "../instruction.ts";

/** What COPY and ADD take from the context: paths as they are written. Other stages, addresses and heredocs are not of it. */
export function sourcesOf({ keyword, flags, words }: Instruction): readonly string[] {
  if (keyword !== "COPY" && keyword !== "ADD") return [];
  if (flags.some(({ name }) => name === "from")) return [];
  return words.slice(0, -1).filter((word) => !isRemote(word) && !word.startsWith("<<"));
}

/** A URL or a git repository, as BuildKit tells them from paths. */
function isRemote(source: string): boolean {
  return /^(?:https?:\/\/|git:\/\/|ssh:\/\/|git@|github\.com\/)/i.test(source);
}

/** `COPY . .`: all that the ignore file does not keep back. */
export function takesWholeContext(instruction: Instruction): boolean {
  return sourcesOf(instruction).some((source) => /^(?:\.?\/?|\.?\/?\*)$/.test(source));
}
