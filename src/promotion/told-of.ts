import { isFailure, SlipwayError } from "../errors.ts";
import type { Chunks } from "../oci/chunks.ts";
import type { Source } from "../oci/content.ts";
import type { TargetRequest } from "../release/request.ts";

export type Side = "source" | "destination";

/** A place as it was asked for, before anybody said whose it is. */
export function askedFor({ account, region }: TargetRequest, repository: string): string {
  return [account, region, repository].filter(Boolean).join("/");
}

/** The work at one side of a promotion; what goes wrong there is told as that side's, with the place. */
export async function at<T>(side: Side, place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw told(side, place, error);
  }
}

const permissions = "ecr:BatchGetImage and ecr:GetDownloadUrlForLayer";

function told(side: Side, place: string, error: unknown): unknown {
  if (!isFailure(error)) return error;
  const where = error.message.includes(place) ? side : `${side}, ${place}`;
  return error.reworded(`at the ${where}: ${error.message}`);
}

/** A source of blobs, and what of a failed copy it has to answer for. */
export interface WatchedSource {
  readonly source: Source;
  /** The error of a copy; as the source's own, when reading there ended it. */
  blame(error: unknown): unknown;
}

/** Watches a source while it is copied: the targets that go without its bytes did nothing wrong. */
export function watched(source: Source, name: string): WatchedSource {
  const faults = new WeakSet<object>();
  const note = (error: unknown): never => {
    const fault = asSource(error, name);
    if (fault instanceof SlipwayError) faults.add(fault);
    throw fault;
  };
  const remedy = ["promote it from another place that has all of it"];
  return {
    source: {
      ...source,
      blob: async (descriptor) => noting(await source.blob(descriptor).catch(note), note),
      place: { name, remedy },
    },
    blame(error) {
      const cause = error instanceof SlipwayError ? error.cause : undefined;
      if (!(cause instanceof SlipwayError) || !faults.has(cause)) return error;
      return cause.reworded(`nothing was tagged: ${cause.message}`, [
        ...cause.suggestions,
        "run the same command again: it uploads only what is missing",
      ]);
    },
  };
}

/** Not a generator, which would stand between every piece and its reader. */
function noting(chunks: Chunks, note: (error: unknown) => never): Chunks {
  return {
    [Symbol.asyncIterator]() {
      const reading = chunks[Symbol.asyncIterator]();
      return {
        next: () => reading.next().catch(note),
        return: async () => (await reading.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}

function asSource(error: unknown, name: string): unknown {
  const fault = told("source", name, error);
  if (!(fault instanceof SlipwayError) || fault === error) return fault;
  const { code, message, cause } = fault;
  const ways: Readonly<Record<string, string>> = {
    ACCESS_DENIED: `let this principal pull there: ${permissions} (docs/permissions.md)`,
    NOT_FOUND: "promote it from another place that has all of it",
  };
  const way = ways[code];
  return way === undefined ? fault : new SlipwayError(code, message, { suggestions: [way], cause });
}
