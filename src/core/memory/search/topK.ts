/** Keeps the best `limit` of the items it is offered, in a binary heap whose root is the worst of them. */
export class TopK {
  private readonly limit: number;
  private readonly precedes: (a: number, b: number) => boolean;
  private readonly heap: number[] = [];

  /** `precedes` is a strict total order: whether the first item is better than the second. */
  constructor(limit: number, precedes: (a: number, b: number) => boolean) {
    this.limit = limit;
    this.precedes = precedes;
  }

  /** The worst of the items kept, which the next one has to precede; undefined while there is room. */
  get worst(): number | undefined {
    return this.heap.length < this.limit ? undefined : this.heap[0];
  }

  offer(item: number): void {
    const { heap } = this;
    if (heap.length < this.limit) {
      heap.push(item);
      this.rise(heap.length - 1);
      return;
    }
    const worst = heap[0];
    if (worst === undefined || !this.precedes(item, worst)) return;
    heap[0] = item;
    this.sink();
  }

  /** The items kept, best first. */
  inOrder(): number[] {
    return this.heap.toSorted((a, b) => (this.precedes(a, b) ? -1 : 1));
  }

  private rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.isWorse(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(): void {
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= this.heap.length) return;
      const child = left + 1 < this.heap.length && this.isWorse(left + 1, left) ? left + 1 : left;
      if (!this.isWorse(child, at)) return;
      this.swap(child, at);
      at = child;
    }
  }

  private isWorse(at: number, than: number): boolean {
    return this.precedes(this.itemAt(than), this.itemAt(at));
  }

  private swap(a: number, b: number): void {
    const item = this.itemAt(a);
    this.heap[a] = this.itemAt(b);
    this.heap[b] = item;
  }

  private itemAt(at: number): number {
    return this.heap[at] ?? 0;
  }
}
