import type { OwnStep } from "./bake-names.ts";
import {
  type BuildEvent,
  type BuildStatus,
  type FailedStep,
  parseStatus,
  readProgress,
} from "./progress.ts";

/** An image of a build, as far as its progress goes. */
export interface ToldImage {
  readonly report: (event: BuildEvent) => void;
  /** Blots out what must not be told of the names of its steps, where BuildKit writes the values of arguments. */
  readonly maskName: (words: string) => string;
}

export interface ImagesProgress {
  /** Takes one line of buildx's stderr; `false` when it is no progress. */
  readonly read: (line: string) => boolean;
  /** The first step of an image that failed by itself. */
  readonly failureOf: (image: number) => FailedStep | undefined;
}

type Told = Pick<OwnStep, "image" | "target">;

/** As many as BuildKit is likely to have; what comes beyond is told with the first image. */
const mostSteps = 100_000;

/**
 * Tells the progress of one buildx process to the images that it builds. A step that several of them share is told
 * once, to the one that buildx named first. `mask` blots out secrets in everything.
 */
export function tellProgress(
  images: readonly ToldImage[],
  ownerOf: (name: string) => OwnStep,
  mask: (words: string) => string,
): ImagesProgress {
  const readers = images.map(({ maskName }) => readProgress(mask, maskName));
  const told = new Map<string, Told>();
  const split = (status: BuildStatus) => statusOfEach(status, images.length, told, ownerOf);
  return {
    read(line) {
      const status = parseStatus(line);
      if (status === undefined) return false;
      for (const [at, own] of split(status).entries()) {
        for (const event of readers[at]?.read(own) ?? []) images[at]?.report(event);
      }
      return true;
    },
    failureOf: (image) => readers[image]?.failure(),
  };
}

function statusOfEach(
  status: BuildStatus,
  images: number,
  told: Map<string, Told>,
  ownerOf: (name: string) => OwnStep,
): BuildStatus[] {
  const vertexes = status.vertexes.flatMap((vertex) => {
    const { image, target, name } = ownerOf(String(vertex.name));
    const digest = String(vertex.digest);
    const first = told.get(digest) ?? { image, target };
    if (told.size < mostSteps) told.set(digest, first);
    // Another target tells of a step that they share: it is told already where the first one has it.
    return first.target === target ? [{ image, vertex: { ...vertex, name } }] : [];
  });
  const imageOf = ({ vertex }: { readonly vertex?: unknown }) =>
    told.get(String(vertex))?.image ?? 0;
  return Array.from({ length: images }, (_, image) => ({
    vertexes: vertexes.flatMap((one) => (one.image === image ? [one.vertex] : [])),
    statuses: status.statuses.filter((one) => imageOf(one) === image),
    logs: status.logs.filter((one) => imageOf(one) === image),
    warnings: status.warnings.filter((one) => imageOf(one) === image),
  }));
}
