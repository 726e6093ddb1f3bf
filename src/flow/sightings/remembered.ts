/** Longer texts are worked out each time: they are rare, and would make the memory of a cache hard to bound. */
const LONGEST_KEPT = 1_024;

/** Works a value out once for each text. What was kept is forgotten when it is `most`, as hostile clients never repeat. */
export function remembered<Value>(most: number, workOut: (text: string) => Value): (text: string) => Value {
  const kept = new Map<string, Value>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const value = workOut(text);
    if (text.length > LONGEST_KEPT) return value;
    if (kept.size >= most) kept.clear();
    kept.set(text, value);
    return value;
  };
}
