import { stripVTControlCharacters, styleText } from "node:util";
import { commandless, printable } from "./printable.ts";

// Whoever makes a text does not know which stream it is for: it has formats when either shows them.
function styled(format: Parameters<typeof styleText>[0]) {
  return (text: string) => {
    const stream = showsFormats(process.stdout) ? process.stdout : process.stderr;
    return styleText(format, text, { stream });
  };
}

export const bold = styled("bold");
export const dim = styled("dim");
export const green = styled("green");
export const red = styled("red");
export const yellow = styled("yellow");

/** A text as this stream shows it: words of others are not obeyed, by a terminal or a CI runner, and our formats go where it has none. */
export function textFor(stream: NodeJS.WriteStream, text: string): string {
  const shown = printable(text);
  return commandless(showsFormats(stream) ? shown : stripVTControlCharacters(shown));
}

/** `styleText` looks at NO_COLOR, FORCE_COLOR and whether the stream is a terminal. */
function showsFormats(stream: NodeJS.WriteStream): boolean {
  return styleText("bold", "x", { stream }) !== "x";
}
