import { createHash } from "node:crypto";
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { SlipwayError } from "../errors.ts";
import { damaged } from "./directory.ts";
import {
  applyEvent,
  createRepository,
  type LiveRepository,
  type RepositoryEvent,
  summarise,
} from "./repository.ts";

/*
 * A repository is kept as the list of its events, one JSON array a line: what one request did is one
 * line, written by one system call before the request is answered. So a killed process has either done
 * all of it or nothing, and an answer costs one short write however large the registry has grown.
 */

/** The journal's file: readable, within the file system's limit for a name, and safe for any repository name. */
export function journalFile(directory: string, name: string): string {
  const readable = name.replaceAll("/", "+").slice(0, 80);
  const exact = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return join(directory, `${readable}-${exact}.jsonl`);
}

/** Appends a line, or nothing: what a full disk cut off is taken back, so that the next line starts clean. */
export function writeEvents(file: string, events: readonly RepositoryEvent[]): void {
  const line = Buffer.from(`${JSON.stringify(events)}\n`);
  const descriptor = openSync(file, "a");
  try {
    const { size } = fstatSync(descriptor);
    try {
      for (let written = 0; written < line.length; )
        written += writeSync(descriptor, line, written);
    } catch (error) {
      ftruncateSync(descriptor, size);
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
}

export function removeJournal(file: string): void {
  rmSync(file);
}

/** Every repository of a directory, its journal made short again where it had grown long. */
export function readJournals(directory: string): LiveRepository[] {
  mkdirSync(directory, { recursive: true });
  const files = readdirSync(directory).filter((name) => name.endsWith(".jsonl"));
  return files.flatMap((name) => readJournal(join(directory, name)) ?? []);
}

function readJournal(file: string): LiveRepository | undefined {
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n");
  // What stands after the last line end is a write that was cut off: nobody was told that it was done.
  const torn = lines.pop() !== "";
  const events = lines.flatMap((line, at) => parseLine(line, `${file}:${at + 1}`));
  const repository = replay(events);
  if (repository === undefined) {
    rmSync(file);
    return undefined;
  }
  const short = summarise(repository);
  if (torn || events.length > 2 * short.length + 100) compact(file, short);
  return repository;
}

function replay(events: readonly RepositoryEvent[]): LiveRepository | undefined {
  const [first, ...rest] = events;
  if (first?.did !== "create") return undefined;
  const repository = createRepository(first.repository);
  for (const event of rest) applyEvent(repository, event);
  return repository;
}

function parseLine(line: string, place: string): RepositoryEvent[] {
  try {
    const events: unknown = JSON.parse(line);
    if (Array.isArray(events)) return events as RepositoryEvent[];
  } catch (cause) {
    throw unreadable(place, cause);
  }
  throw unreadable(place);
}

function unreadable(place: string, cause?: unknown): SlipwayError {
  return damaged({ place, lost: "this one repository" }, cause);
}

function compact(file: string, events: readonly RepositoryEvent[]): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, `${JSON.stringify(events)}\n`);
  renameSync(fresh, file);
}
