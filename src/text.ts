import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";

/** As `decodeText`, of a file. Throws what the file system says, too. */
export async function readText(path: string): Promise<string> {
  return decodeText(await readFile(path));
}

/**
 * The text that people or their tools wrote: UTF-8, or UTF-16 where a byte order mark says so, as Windows PowerShell
 * writes whatever is sent into a file. Without that mark. Throws an error that tells the place of the first byte of
 * another encoding: read all the same, it would be another text.
 */
export function decodeText(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  const text = bytes.toString();
  if (isUtf8(bytes)) return text.replace(/^\uFEFF/, "");
  const lines = text.slice(0, damageIn(text, bytes)).split(/\r\n?|\n/);
  const column = (lines.at(-1)?.length ?? 0) + 1;
  throw new Error(`it is not UTF-8 from line ${lines.length}, column ${column} on`);
}

/** Where the text has a replacement character that its bytes have not. */
function damageIn(text: string, bytes: Buffer): number {
  let offset = 0;
  let from = 0;
  for (const { index } of text.matchAll(/\uFFFD/g)) {
    offset += Buffer.byteLength(text.slice(from, index));
    from = index;
    if (bytes.toString("latin1", offset, offset + 3) !== "\xEF\xBF\xBD") return index;
  }
  return text.length;
}
