import { expect, test } from "vitest";
import { maskedWords } from "../../src/inspection/secrets.ts";

test.each([
  ["TOKEN=hunter2 MODE=fast", "TOKEN=••• MODE=fast"],
  ["TOKEN= MODE=fast", "TOKEN= MODE=fast"],
  ["TOKEN='hunter2 a' make", "TOKEN=••• make"],
  [String.raw`TOKEN="a\"hunter2 b" make "x"`, 'TOKEN=••• make "x"'],
  [`TOKEN=a"hunter2 b"'hunter2 c' make`, "TOKEN=••• make"],
  [`OPTS="--token=hunter2 --mode=fast" make MODE="fast"`, `OPTS="--token=•••" make MODE="fast"`],
  [String.raw`sh -c "TOKEN=\"hunter2 a\" run" done`, 'sh -c "TOKEN=•••" done'],
  ["sh -c 'TOKEN=\"hunter2 a\" run' done", "sh -c 'TOKEN=•••' done"],
  [`TOKEN="hunter2 without an end`, "TOKEN=•••"],
  [`it\\'s MODE=fast TOKEN=hunter2 a`, "it\\'s MODE=fast TOKEN=••• a"],
  [`# don't\nTOKEN='hunter2 a' make`, "# don't\nTOKEN=••• make"],
  [`it's TOKEN=hunter2 a TOKEN='hunter2 b' make`, "it's TOKEN=••• make"],
  [`# 5" disks\nTOKEN="hunter2 a" make`, '# 5" disks\nTOKEN=••• make'],
  [`sh -c 'TOKEN='hunter2' make' done`, "sh -c 'TOKEN=••• make' done"],
  [String.raw`tr '\' / 'TOKEN=hunter2 a' make`, String.raw`tr '\' / 'TOKEN=•••' make`],
  [String.raw`type C:\token=hunter2 a`, String.raw`type C:\token=••• a`],
])("of the words %s shows %s", (words, shown) => {
  expect(maskedWords(words)).toBe(shown);
});
