const machines: Readonly<Record<number, string>> = {
  3: "386",
  8: "mips",
  21: "ppc64",
  22: "s390x",
  40: "arm",
  62: "amd64",
  183: "arm64",
  243: "riscv64",
  258: "loong64",
};

/** As much of a file as tells its machine. */
export const elfHeaderBytes = 20;

/**
 * The machine that a program or library is for, as platforms call it; `undefined` when these are not the first bytes
 * of an ELF file, or nobody runs containers on it (e_machine, System V ABI chapter 4; eBPF objects are no programs).
 */
export function elfMachine(begin: Buffer): string | undefined {
  if (begin.length < elfHeaderBytes || begin.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const little = begin[5] !== 2;
  const machine = little ? begin.readUInt16LE(18) : begin.readUInt16BE(18);
  const name = machines[machine];
  return name === "ppc64" && little ? "ppc64le" : name;
}
