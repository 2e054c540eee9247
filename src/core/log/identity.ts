import * as z from 'zod';
import { corruptFile, directoryUnusable, newerFormat } from '../errors.ts';
import { allEpochs, commitNumbers, ContextPaths, firstEpoch } from './epochs.ts';
import { createExclusive, makeDirectory, readIfThere, syncDirectory, usable, type FileOps } from './files.ts';
import { FORMAT, frame, unframe } from './frame.ts';

/** What a context is called and which folder it belongs to: `context.json` in its directory. */
export const ContextIdentity = z.object({
  id: z.string().min(1),
  name: z.string(),
  /** The folder's URI, when the context belongs to one. */
  folder: z.string().optional(),
  createdAt: z.iso.datetime(),
});
export type ContextIdentity = z.infer<typeof ContextIdentity>;

/**
 * The identity in `directory`, or undefined when no context was made there yet.
 * @throws PF-4003 when the file is damaged, PF-4002 when it cannot be read.
 */
export function readIdentity(files: FileOps, directory: string): ContextIdentity | undefined {
  const { identity } = new ContextPaths(directory);
  const bytes = usable(directory, () => readIfThere(files, identity));
  if (bytes === undefined) return undefined;
  const content = unframe(bytes);
  if (content.kind === 'newer') throw newerFormat(identity, content.format, FORMAT);
  if (content.kind === 'damaged') throw corruptFile(identity, content.what);
  const parsed = ContextIdentity.safeParse(content.body);
  if (!parsed.success) throw corruptFile(identity, 'it is not the identity of a context');
  return parsed.data;
}

/**
 * Makes an empty context in `directory`, which is created if need be. When two processes do so at once, one
 * identity wins and both get it.
 * @throws PF-4002 when the directory cannot be used, PF-4003 when it holds the commits of a context that lost
 * its identity, PF-4006 when its file system has no hard links.
 */
export function createContext(files: FileOps, directory: string, identity: ContextIdentity): ContextIdentity {
  const paths = new ContextPaths(directory);
  return usable(directory, () => {
    refuseOrphans(files, paths);
    const { temporary, blobs } = paths;
    for (const made of [temporary, blobs, paths.epoch(firstEpoch(identity.id))]) makeDirectory(files, made);
    createExclusive(files, paths.temporary, paths.identity, frame(identity).bytes);
    syncDirectory(files, directory);
    const published = readIdentity(files, directory);
    if (published === undefined) throw directoryUnusable(directory, 'what was written to it is not there');
    return published;
  });
}

/** Commits whose identity is missing would be taken for leftovers and deleted in the end. */
function refuseOrphans(files: FileOps, paths: ContextPaths): void {
  const orphans = allEpochs(files, paths).some((epoch) => commitNumbers(files, paths, epoch).length > 0);
  // In this order: a commit is made only after the identity.
  if (orphans && !files.existsSync(paths.identity)) throw corruptFile(paths.identity, 'it is missing');
}
