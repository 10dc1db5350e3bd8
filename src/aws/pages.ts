interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** All items of all pages; `page` is asked with the token of the page before. */
export async function everyPage<T>(
  page: (token: string | undefined) => Promise<Page<T>>,
): Promise<T[]> {
  const found: T[] = [];
  let token: string | undefined;
  do {
    const { items, next } = await page(token);
    for (const item of items) found.push(item);
    token = next || undefined;
  } while (token !== undefined);
  return found;
}
