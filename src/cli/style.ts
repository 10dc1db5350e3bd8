import { styleText } from "node:util";

// `styleText` looks at NO_COLOR, FORCE_COLOR and whether the stream is a terminal.
function styled(format: Parameters<typeof styleText>[0]) {
  return (text: string) => styleText(format, text, { stream: process.stdout });
}

export const bold = styled("bold");
export const dim = styled("dim");
export const green = styled("green");
export const red = styled("red");
export const yellow = styled("yellow");
