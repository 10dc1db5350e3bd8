/**
 * Questions to one registry at once, each on a connection of its own. A distant registry costs
 * waiting and no work: twice as many small requests at once get twice as much done in the same time.
 */
export const questionsAtOnce = 16;

/** The items in their order, at most `size` in each: as many as one question may be about. */
export function inChunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}

/** Runs `work` on every item, at most `limit` at once; the first error stops what has not begun and is thrown. */
export async function eachOf<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < items.length && !failed) {
      const item = items[next] as T;
      next += 1;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = Array.from({ length: Math.min(limit, items.length) }, lane);
  const results = await Promise.allSettled(lanes);
  const rejected = results.find((result) => result.status === "rejected");
  if (rejected) throw rejected.reason;
}

/** As `eachOf`, and answers with what came of each item, in their order. */
export async function mapEach<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const found = new Array<R>(items.length);
  await eachOf([...items.entries()], limit, async ([at, item]) => {
    found[at] = await work(item);
  });
  return found;
}

/**
 * Lets `limit` pieces of work run at once and the others wait in their order, where all of it is not known before: a
 * tree is found while it is read. After the first error what has not begun fails by the same.
 */
export function atMost(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = limit;
  let failed: { readonly error: unknown } | undefined;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      if (failed) throw failed.error;
      return await work();
    } catch (error) {
      failed ??= { error };
      throw error;
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
