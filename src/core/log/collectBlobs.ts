import { corruptFile } from '../errors.ts';
import { BlobFiles } from './blobFiles.ts';
import { BlobTrash } from './blobTrash.ts';
import { listNameOf, parseList } from './chunks.ts';
import type { ContextPaths } from './epochs.ts';
import type { FileOps } from './files.ts';

/** What must be kept: the names that the log refers to as of commit `at`. More names do no harm. */
export interface BlobReferences {
  readonly at: number;
  readonly names: ReadonlySet<string>;
}

/**
 * Takes the blobs that nothing refers to out of their places, and deletes those that an earlier collection took out.
 * It may be stopped or killed anywhere, run in several processes at once, and run long after commit `at`; no writer
 * waits for it and no clock is asked. What makes that safe is the order of the log:
 *
 * - A writer makes sure that a blob is in its place inside the attempt that names it. The attempt saw commit q and can
 *   only become commit q + 1.
 * - A blob that is taken out goes to a directory of the trash, where readers still find it. When nothing can come into
 *   that directory any more, the number P of the log's last commit then is written into its name: attempts that saw
 *   the blob in its place have q <= P.
 * - It is deleted from there only by references as of `at` > P. An attempt with q <= P is by then a commit that those
 *   references know, or has lost its number and looks for the blob again. What they do refer to is put back.
 *
 * A directory without a number is one whose collection runs or was killed. Another collection renames it, so that the
 * one that made it finds it gone and ends, and gives it its number.
 *
 * @param head the number of the log's last commit, asked anew
 * @throws PF-4003 when something that is referred to is missing, or is a damaged list: what belongs to it, and should
 * wait until it is put back, is not known then; nothing was moved
 */
export function collectBlobs(
  files: FileOps,
  paths: ContextPaths,
  { at, names }: BlobReferences,
  head: () => number,
): void {
  const blobs = new BlobFiles(paths.blobs, paths.temporary, files);
  const trash = new BlobTrash(files, blobs);
  const kept = withChunks(blobs, names);
  const open = trash.takeOver();
  trash.putBack(kept);
  trash.deleteBefore(at, kept);
  const taken = trash.takeOut(blobs.namesInPlace().filter((name) => !kept.has(name)));
  trash.close([...open, ...taken], head);
}

/** The names of all files that the contents called `names` consist of. */
function withChunks(blobs: BlobFiles, names: ReadonlySet<string>): Set<string> {
  const kept = new Set(names);
  const inPlace = new Set(blobs.namesInPlace());
  for (const name of names) {
    if (inPlace.has(name)) continue;
    const found = blobs.find(name, listNameOf(name));
    if (found === undefined) throw corruptFile(blobs.placeOf(name), 'it is missing');
    if (found.name === name) continue;
    kept.add(found.name);
    for (const chunk of parseList(found.file, name, found.bytes)) kept.add(chunk);
  }
  return kept;
}
