import { grown } from './grown.ts';

/** Groups of small whole numbers, by a key that is one too: chains in typed arrays. A number is in one group at most. */
export class Chains {
  /** The first of each group, and the one behind each number; 1 more than they are, and 0 where there is none. */
  private heads = new Uint32Array(64);
  private behind = new Uint32Array(64);

  /**
   * Adds the numbers from 0 on, each to the group that `keys` has for it. This must be empty.
   * @returns false, with nothing added, when a key is not below `groups`
   */
  addAll(keys: Uint32Array, groups: number): boolean {
    const heads = new Uint32Array(groups);
    const behind = new Uint32Array(keys.length);
    for (let member = 0; member < keys.length; member++) {
      const key = keys[member] ?? 0;
      if (key >= groups) return false;
      behind[member] = heads[key] ?? 0;
      heads[key] = member + 1;
    }
    [this.heads, this.behind] = [heads, behind];
    return true;
  }

  add(key: number, member: number): void {
    if (key >= this.heads.length) this.heads = grown(this.heads, Uint32Array, key + 1);
    if (member >= this.behind.length) this.behind = grown(this.behind, Uint32Array, member + 1);
    this.behind[member] = this.heads[key] ?? 0;
    this.heads[key] = member + 1;
  }

  /** The numbers of a group, the last added first. */
  *of(key: number): Generator<number> {
    for (let link = this.heads[key] ?? 0; link !== 0; link = this.behind[link - 1] ?? 0) yield link - 1;
  }
}
