/** Makes a value once for each key; who asks again gets the same one. `keyOf` tells what is the same question. */
export function once<Asked, Value extends object>(
  make: (asked: Asked) => Value,
  keyOf: (asked: Asked) => unknown = (asked) => asked,
): (asked: Asked) => Value {
  const made = new Map<unknown, Value>();
  return (asked) => {
    const key = keyOf(asked);
    const value = made.get(key) ?? make(asked);
    made.set(key, value);
    return value;
  };
}
