import { isFailure, joined, SlipwayError } from "../errors.ts";
import { checked } from "./checked.ts";
import type { Chunks } from "./chunks.ts";
import type { Source } from "./content.ts";
import type { Digest } from "./reference.ts";
import { isTransient } from "./retry.ts";

/** One of several places that hold the same content, and how an error names it. */
export type Holder = Source & Required<Pick<Source, "place">>;

/** Told of the first failure of each holder: something else is asked from then on. */
export type OnPassedOver = (holder: Holder, error: SlipwayError) => void;

/**
 * Several holders of the same content as one source. A holder that fails is asked last from then on, and for the same
 * content again only when all have failed. A blob that breaks off, or has other bytes, cannot be continued from another
 * holder: it ends with REGISTRY_UNAVAILABLE while another may still have it, and the reader begins anew at the next.
 * An error names everyone who failed. Throws INTERRUPTED at once.
 */
export function sourceInTurn(
  holders: readonly Holder[],
  onPassedOver: OnPassedOver = () => {},
): Source {
  const [only, ...others] = holders;
  if (only !== undefined && others.length === 0) return only;
  const turns = turnsOf(holders, onPassedOver);

  async function firstOf<T>(digest: Digest, ask: (holder: Holder) => Promise<T>) {
    for (const holder of turns.left(digest)) {
      try {
        return { holder, given: await ask(holder) };
      } catch (error) {
        turns.fail(digest, holder, error);
      }
    }
    throw turns.failure(digest);
  }

  async function* passed(digest: Digest, holder: Holder, bytes: Chunks) {
    try {
      yield* bytes;
    } catch (error) {
      turns.fail(digest, holder, error);
      const failure = turns.failure(digest);
      if (turns.left(digest).length === 0) throw failure;
      const { message, suggestions } = failure;
      throw new SlipwayError("REGISTRY_UNAVAILABLE", message, { suggestions, cause: error });
    }
  }

  return {
    async manifest(descriptor) {
      const { given } = await firstOf(descriptor.digest, (one) => one.manifest(descriptor));
      return given;
    },
    async blob(blob) {
      const { holder, given } = await firstOf(blob.digest, (one) => one.blob(blob));
      return passed(blob.digest, holder, checked(given, blob, holder.place));
    },
  };
}

/** Whose turn it is: who failed is last from then on, for everything. */
function turnsOf(holders: readonly Holder[], onPassedOver: OnPassedOver) {
  const failures = new Map<Digest, Map<Holder, SlipwayError>>();
  const passedOver = new Set<Holder>();
  let order = holders;
  return {
    /** Those who may still give this; those who failed at it only where nobody else is left. */
    left(digest: Digest): readonly Holder[] {
      const failed = failures.get(digest);
      const fresh = order.filter((one) => !failed?.has(one));
      return fresh.length > 0 ? fresh : order.filter((one) => isTransient(failed?.get(one)));
    },
    fail(digest: Digest, holder: Holder, error: unknown): void {
      if (!isFailure(error)) throw error;
      const failed = failures.get(digest) ?? new Map<Holder, SlipwayError>();
      failures.set(digest, failed.set(holder, error));
      order = [...order.filter((one) => one !== holder), holder];
      if (!passedOver.has(holder)) onPassedOver(holder, error);
      passedOver.add(holder);
    },
    failure: (digest: Digest) => failureOf(digest, failures.get(digest)),
  };
}

/** What everyone who was asked for it so far said. */
function failureOf(digest: Digest, failures: ReadonlyMap<Holder, SlipwayError> = new Map()) {
  const said = [...failures].map(([{ place }, { message }]) => `from ${place.name}: ${message}`);
  return joined([...failures.values()], `${digest} could not be had ${said.join("; nor ")}`);
}
