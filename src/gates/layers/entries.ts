import type { Header } from "tar-stream";
import { elfMachine } from "./elf.ts";
import type { Entry, EntryType, LayerFacts, LayerLimits, Trouble } from "./facts.ts";
import { cleanPath, whiteoutOf } from "./path.ts";
import { sniff } from "./sniff.ts";
import type { TarEntry } from "./tar.ts";
import { LayerTrouble } from "./trouble.ts";

const types: Readonly<Record<string, EntryType>> = {
  file: "file",
  "contiguous-file": "file",
  link: "hardlink",
  symlink: "symlink",
  directory: "directory",
  "character-device": "device",
  "block-device": "device",
  fifo: "fifo",
};

type Mutable<T> = {
  -readonly [Key in keyof T]: T[Key] extends readonly (infer E)[] ? E[] : T[Key];
};

type Collected = Pick<LayerFacts, "entries" | "sniffed" | "binaries" | "troubles">;

/** Gathers the facts of a layer, entry by entry; memory grows with the entries and not with what is in them. */
export function collecting(limits: LayerLimits) {
  const facts: Mutable<Collected> = { entries: [], sniffed: [], binaries: [], troubles: [] };
  const trouble = (one: Trouble) => {
    if (facts.troubles.length < limits.remarks) facts.troubles.push(one);
  };
  return {
    trouble,
    end: (): Collected => facts,
    take({ header, begin, sum }: TarEntry) {
      if (facts.entries.length >= limits.entries) {
        throw new LayerTrouble("LAYER_TOO_LARGE", `it has more than ${limits.entries} entries`);
      }
      for (const one of wrongs(header, limits)) trouble(one);
      const entry = header.name.length > limits.pathBytes ? undefined : entryOf(header, sum);
      if (entry === undefined) return;
      facts.entries.push(entry);
      if (entry.size > 0) look(entry.path, begin);
    },
  };

  function look(path: string, begin: Buffer): void {
    const machine = elfMachine(begin);
    if (machine !== undefined) facts.binaries.push({ path, machine });
    if (facts.sniffed.length < limits.remarks) facts.sniffed.push(...sniff(path, begin));
  }
}

function entryOf(header: Header, sum: number): Entry | undefined {
  const marked = whiteoutOf(cleanPath(header.name).path);
  const own = types[header.type];
  if (marked === undefined || own === undefined) return undefined;
  const type = marked.type === "none" ? own : marked.type;
  const { mode, uid, gid, size, linkname } = header;
  const common = { path: marked.path, type, mode: mode & 0o7777, uid, gid, size: 0 };
  if (type === "file") return { ...common, size, ...(sum !== 0 && { sum }) };
  const isLink = type === "symlink" || type === "hardlink";
  return isLink ? { ...common, link: linkname ?? "" } : common;
}

/** What an unpacker that trusts its input would be harmed by. */
function wrongs({ name, type, linkname }: Header, { pathBytes }: LayerLimits): Trouble[] {
  const path = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  const { absolute, outside } = cleanPath(name);
  const found: Trouble[] = [];
  if (outside) {
    found.push({ code: "PATH_OUTSIDE", path, what: "a name that leads out of the image" });
  } else if (absolute) {
    found.push({ code: "PATH_ABSOLUTE", path, what: "an absolute name" });
  }
  if (name.length > pathBytes) {
    found.push({ code: "PATH_OUTSIDE", path, what: `a name of ${name.length} characters` });
  }
  if (type === "link" && cleanPath(linkname ?? "").outside) {
    found.push({ code: "LINK_OUTSIDE", path, what: "a hard link that leads out of the image" });
  }
  if (type === "character-device" || type === "block-device") {
    found.push({ code: "DEVICE_NODE", path, what: `a ${type.replace("-", " ")}` });
  }
  return found;
}
