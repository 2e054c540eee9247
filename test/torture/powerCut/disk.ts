/** A file or a directory, whatever it is called: its names may come and go before what is in it does. */
export type Inode = number;

/** What a disk was asked to do. Until a sync, each may happen or not when the power is cut, in any order. */
export type DiskOperation = { readonly label: string } & (
  | { readonly kind: 'write'; readonly inode: Inode; readonly at: number; readonly bytes: Uint8Array }
  | {
      readonly kind: 'name';
      readonly directory: Inode;
      readonly name: string;
      readonly inode: Inode;
      readonly isFile: boolean;
    }
  | {
      readonly kind: 'unname';
      readonly directory: Inode;
      readonly name: string;
      /** Of a rename: the index of the operation that gave the new name, without which the old one does not go. */
      readonly renamedBy?: number;
    }
  /** What was written to this file, or the names that were changed in this directory, are on disk now. */
  | { readonly kind: 'sync'; readonly inode: Inode }
);

/** The directory that is there from the beginning. */
export const ROOT: Inode = 0;

/** The operations before `cut` that no sync before it covers: by their indexes, ascending. */
export function unsynced(operations: readonly DiskOperation[], cut: number): number[] {
  const synced = new Set<Inode>();
  const durable = new Set<number>();
  const left: number[] = [];
  for (let index = cut - 1; index >= 0; index--) {
    const operation = operations[index];
    if (operation === undefined) continue;
    if (operation.kind === 'sync') synced.add(operation.inode);
    else if (!synced.has(operation.kind === 'write' ? operation.inode : operation.directory)) {
      if (!durable.has(index)) left.push(index);
    } else if (operation.kind === 'unname' && operation.renamedBy !== undefined) {
      durable.add(operation.renamedBy);
    }
  }
  return left.toReversed();
}
