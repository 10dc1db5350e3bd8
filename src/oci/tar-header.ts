const block = 512;
/** What eleven octal digits cannot say is written in base 256 (GNU tar; pax is not needed for a size). */
const octalLimit = 8 ** 11;

/** The header of a plain file (POSIX ustar), for whoever writes its bytes as they come. Paths of up to 100 bytes. */
export function tarHeader(path: string, size: number): Buffer {
  const header = Buffer.alloc(block);
  header.write(path, 0, 100, "utf8");
  header.write("0000644\0", 100, "latin1");
  header.write("0000000\0", 108, "latin1");
  header.write("0000000\0", 116, "latin1");
  writeSize(header, size);
  header.write("00000000000\0", 136, "latin1");
  header.write("        0", 148, "latin1"); // the sum counts itself as spaces; type 0 is a file
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

function writeSize(header: Buffer, size: number): void {
  if (size < octalLimit) {
    header.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
    return;
  }
  header[124] = 0x80;
  header.writeBigUInt64BE(BigInt(size), 128);
}

/** What fills the last block of a file. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}

/** Two empty blocks end an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * block);
}
