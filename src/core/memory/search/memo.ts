/**
 * `compute` with its answers remembered. When `limit` answers are held all are forgotten: words follow Zipf's law,
 * so the frequent ones are back at once, and an eviction order would cost more than it saves.
 */
export function memo(compute: (key: string) => string, limit: number): (key: string) => string {
  const known = new Map<string, string>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= limit) known.clear();
    const own = detached(key);
    const value = compute(own);
    known.set(own, value);
    return value;
  };
}

/**
 * A copy of `text` that shares no memory with the string it was cut from. V8 keeps the whole parent of a slice
 * alive, and one remembered word must not hold a document of 50 MB.
 */
function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
