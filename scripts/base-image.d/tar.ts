/** What a layer holds: folders, files and symbolic links, all owned by root. */
export type Entry =
  | { readonly type: "folder"; readonly path: string; readonly mode: number }
  | {
      readonly type: "file";
      readonly path: string;
      readonly mode: number;
      readonly content: Buffer;
    }
  | { readonly type: "link"; readonly path: string; readonly target: string };

const block = 512;
const flags = { file: "0", link: "2", folder: "5" } as const;

/**
 * A tar file (POSIX ustar) of the entries in their order, all dated 1970: the same entries always
 * give the same bytes, and so the same digest. Paths have at most 100 bytes.
 */
export function tar(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap((entry) => [header(entry), ...body(entry)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function body(entry: Entry): readonly Buffer[] {
  if (entry.type !== "file") return [];
  const padding = (block - (entry.content.length % block)) % block;
  return [entry.content, Buffer.alloc(padding)];
}

function header(entry: Entry): Buffer {
  const bytes = Buffer.alloc(block);
  const path = entry.type === "folder" ? `${entry.path}/` : entry.path;
  if (Buffer.byteLength(path) > 100) throw new RangeError(`path too long for ustar: ${path}`);
  bytes.write(path, 0);
  bytes.write(octal(entry.type === "link" ? 0o777 : entry.mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(entry.type === "file" ? entry.content.length : 0, 12), 124);
  bytes.write(octal(0, 12), 136);
  bytes.write(" ".repeat(8), 148); // the checksum counts itself as spaces
  bytes.write(flags[entry.type], 156);
  if (entry.type === "link") bytes.write(entry.target, 157);
  bytes.write("ustar\0", 257);
  bytes.write("00", 263);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 7)} `, 148);
  return bytes;
}

/** Octal digits that fill the field but for the NUL that ends it. */
function octal(value: number, field: number): string {
  return `${value.toString(8).padStart(field - 1, "0")}\0`;
}
