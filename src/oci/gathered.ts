/**
 * Asks for single things in one question: all that is asked for before the event loop turns goes together, each key
 * once. Answers `undefined` for what `askAll` does not answer; its error is thrown to everyone who asked.
 */
export function gathered<Key, Value>(
  askAll: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>,
): (key: Key) => Promise<Value | undefined> {
  let open: Gathering<Key, Value> | undefined;
  const begin = (): Gathering<Key, Value> => {
    const keys = new Set<Key>();
    const answers = turn().then(() => {
      open = undefined;
      return askAll([...keys]);
    });
    return { keys, answers };
  };
  return async (key) => {
    open ??= begin();
    open.keys.add(key);
    return (await open.answers).get(key);
  };
}

interface Gathering<Key, Value> {
  readonly keys: Set<Key>;
  readonly answers: Promise<ReadonlyMap<Key, Value>>;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
