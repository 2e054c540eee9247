interface NumberArray<A> {
  readonly length: number;
  set(values: A): void;
}

/** A copy of a typed array with room for at least `needed` elements, and so much more that growing stays rare. */
export function grown<A extends NumberArray<A>>(
  array: A,
  make: new (length: number) => A,
  needed: number,
): A {
  const next = new make(Math.max(needed, Math.ceil(array.length * 1.5)));
  next.set(array);
  return next;
}
