import { errnoOf } from '../errors.ts';
import { CommitBody } from './commit.ts';
import { readIfThere, type FileOps } from './files.ts';
import { unframe } from './frame.ts';

/** `previous` of the first commit, and of any after one that could not be read. */
export const UNKNOWN = '';

/** What the next commit has to say of itself. */
export interface ExpectedCommit {
  readonly context: string;
  readonly number: number;
  /** The checksum of the commit before, or UNKNOWN. */
  readonly previous: string;
}

export type CommitRead =
  | { readonly kind: 'absent' }
  | { readonly kind: 'whole'; readonly body: CommitBody; readonly checksum: string; readonly bytes: number }
  | { readonly kind: 'unusable'; readonly what: string }
  | { readonly kind: 'newer'; readonly format: number };

/** Reads the file of a commit and checks all that it says of itself. @throws what may pass by itself (EIO, EMFILE). */
export function readCommit(files: FileOps, file: string, expected: ExpectedCommit): CommitRead {
  const bytes = read(files, file);
  if (bytes === undefined) return { kind: 'absent' };
  if (!(bytes instanceof Uint8Array)) return bytes;
  const content = unframe(bytes);
  if (content.kind === 'newer') return content;
  if (content.kind === 'damaged') return unusable(content.what);
  const parsed = CommitBody.safeParse(content.body);
  if (!parsed.success) return unusable('it is not a commit');
  const wrong = wrongOrigin(parsed.data, expected);
  if (wrong !== undefined) return unusable(wrong);
  return { kind: 'whole', body: parsed.data, checksum: content.checksum, bytes: bytes.length };
}

function wrongOrigin(body: CommitBody, { context, number, previous }: ExpectedCommit): string | undefined {
  if (body.context !== context) return 'it belongs to another context';
  if (body.number !== number) return `it is a copy of commit ${body.number}`;
  if (previous !== UNKNOWN && body.previous !== previous) {
    return `it does not follow the commit ${number - 1} that is there`;
  }
  return undefined;
}

/** What does not pass by itself: the file is named, and the rest stays readable. */
const UNREADABLE = new Set(['EACCES', 'EISDIR', 'EPERM']);

type Unusable = Extract<CommitRead, { kind: 'unusable' }>;

function read(files: FileOps, file: string): Uint8Array | Unusable | undefined {
  try {
    return readIfThere(files, file);
  } catch (cause) {
    if (!UNREADABLE.has(errnoOf(cause) ?? '')) throw cause;
    return readAgain(files, file);
  }
}

/** A second look tells a file that nobody may read from a moment's failure. */
function readAgain(files: FileOps, file: string): Uint8Array | Unusable | undefined {
  try {
    return readIfThere(files, file);
  } catch (cause) {
    return unusable(`it cannot be read (${String(cause)})`);
  }
}

function unusable(what: string): Unusable {
  return { kind: 'unusable', what };
}
