import { SlipwayError } from "../errors.ts";
import { checked } from "./checked.ts";
import type { Sink, Source } from "./content.ts";
import { type Descriptor, isForeign } from "./manifest.ts";
import { eachOf } from "./parallel.ts";
import { type CopyOptions, type CopyResult, Receiving } from "./receiving.ts";
import type { Digest } from "./reference.ts";
import { isTransient, retryingUnlessDone } from "./retry.ts";
import { type Reader, share } from "./share.ts";
import { blobsOf, type Tree } from "./tree.ts";

/** Blobs read at once. Every one goes to all sinks that lack it, so this bounds each host as well. */
const blobsAtOnce = 4;
/** Of a small blob the answers take longer than the bytes; ECR begins and ends a hundred uploads a second (service-quotas). */
const smallAtOnce = 12;
const smallBytes = 256 * 1024;

/** A copy under way: blobs may be offered before it is known which image they belong to. */
export interface Copying {
  /** Sends a blob to every sink that lacks it. A failure is no failure yet: `finish` sends it again. */
  offer(blob: Descriptor, source: Pick<Source, "blob" | "place">): Promise<void>;
  /** Sends what is still missing of an image, then its manifests; what every sink got, in their order. */
  finish(tree: Tree, source: Source): Promise<CopyResult[]>;
}

/**
 * Copies an image to many sinks: asks what is there, reads each missing blob once however many sinks
 * need it, then puts manifests, children before parents. A sink that fails does not hold the others
 * back; its error is its result. Run again, it moves only what is still missing.
 */
export async function copyTree(
  tree: Tree,
  source: Source,
  sinks: readonly Sink[],
  options: CopyOptions = {},
): Promise<CopyResult[]> {
  return await startCopying(sinks, options).finish(tree, source);
}

/** As `copyTree`, for content that is still being made. */
export function startCopying(sinks: readonly Sink[], options: CopyOptions = {}): Copying {
  const states = sinks.map((sink, index) => new Receiving(sink, index, options));
  const offered = new Map<Digest, Promise<unknown>>();
  return {
    async offer(blob, source) {
      const sending = offered.get(blob.digest) ?? sendEarly(blob, source, states);
      offered.set(blob.digest, sending);
      await sending;
    },
    async finish(tree, source) {
      await Promise.all(offered.values());
      await Promise.all(states.map((state) => state.attempt(() => state.ask(tree))));
      const send = (blob: Descriptor) => {
        const lacking = states.filter((state) => state.lacks(blob));
        return sendBlob(blob, source, lacking, options.signal);
      };
      const blobs = blobsOf(tree.nodes);
      await Promise.all([
        eachOf(blobs.filter(isLarge), blobsAtOnce, send),
        eachOf(
          blobs.filter((blob) => !isLarge(blob)),
          smallAtOnce,
          send,
        ),
      ]);
      await Promise.all(states.map((state) => state.attempt(() => state.putManifests())));
      return states.map((state) => state.result());
    },
  };
}

function isLarge({ size }: Descriptor): boolean {
  return size > smallBytes;
}

async function sendEarly(
  blob: Descriptor,
  source: Pick<Source, "blob" | "place">,
  states: readonly Receiving[],
): Promise<void> {
  const lacking = await Promise.all(
    states.map((state) => state.isMissing(blob).catch(() => false)),
  );
  const wanting = await unmounted(
    blob,
    states.filter((_, at) => lacking[at]),
  );
  if (wanting.length > 0) await pour(blob, source, wanting);
}

/** Those to whom the blob's bytes must be sent, once it was mounted where it could be. */
async function unmounted(
  blob: Descriptor,
  states: readonly Receiving[],
): Promise<readonly Receiving[]> {
  const mounted = await Promise.all(states.map((state) => state.mounts(blob)));
  return states.filter((_, at) => !mounted[at]);
}

/** Reads the blob once for everyone who lacks it; who failed for a passing reason gets it again alone. */
async function sendBlob(
  blob: Descriptor,
  source: Pick<Source, "blob" | "place">,
  states: readonly Receiving[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const wanting = await unmounted(blob, states);
  if (wanting.length === 0) return;
  const failures = (await pour(blob, source, wanting)).filter((one) => !isElsewhere(blob, one));
  await Promise.all(
    failures.map(({ state, error, isFinal }) =>
      state.attempt(async () => {
        if (isFinal || !isTransient(error)) throw error;
        const again = async () => {
          const [failure] = await pour(blob, source, [state]);
          if (failure && !failure.isFinal) throw failure.error;
          return failure;
        };
        const failure = await retryingUnlessDone(
          again,
          () => state.hasArrived(blob),
          signal,
          [error],
          (why, ms) => state.waits(why, ms),
        );
        if (failure) throw failure.error;
      }),
    ),
  );
}

interface Failure {
  readonly state: Receiving;
  readonly error: unknown;
  /** The source could not even be opened, and has tried that as often as it is to be tried. */
  readonly isFinal: boolean;
}

/** A foreign layer goes along where the source has it; no registry asks for it, and who pulls gets it from its `urls`. */
function isElsewhere(blob: Descriptor, { error, isFinal }: Failure): boolean {
  const isAbsent = error instanceof SlipwayError && error.code === "NOT_FOUND";
  return isFinal && isAbsent && isForeign(blob);
}

/** The slowest sink sets the pace. Tells what the source did wrong, where it did, and not what came of it. */
async function pour(
  blob: Descriptor,
  source: Pick<Source, "blob" | "place">,
  states: readonly Receiving[],
): Promise<Failure[]> {
  let isOpen = false;
  const opened = () => {
    isOpen = true;
  };
  const shared = share(read(blob, source, opened), states.length);
  const receiving = states.map((state, at) => state.receive(blob, shared.readers[at] as Reader));
  const results = await Promise.allSettled(receiving);
  await shared.close();
  return results.flatMap((result, at): Failure[] => {
    if (result.status === "fulfilled") return [];
    const failure = shared.failure();
    const error = (failure ?? { error: result.reason }).error;
    const isFinal = failure !== undefined && !isOpen;
    return [{ state: states[at] as Receiving, error, isFinal }];
  });
}

async function* read(blob: Descriptor, source: Pick<Source, "blob" | "place">, opened: () => void) {
  const bytes = await source.blob(blob);
  opened();
  yield* checked(bytes, blob, source.place);
}
