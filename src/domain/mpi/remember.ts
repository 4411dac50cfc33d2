const mostKept = 100_000;

/**
 * The same object for the same text: names, streets and suburbs come again and again, and records that share one object
 * compare faster. Forgets everything when it has kept 100,000 texts.
 */
export function remember<Value>(make: (text: string) => Value): (text: string) => Value {
  const kept = new Map<string, Value>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    if (kept.size >= mostKept) kept.clear();
    const made = make(text);
    kept.set(text, made);
    return made;
  };
}
