import type { Commit, LogProblem } from '../log/commitLog.ts';
import type { SqlView } from './sqlView.ts';

/**
 * Applies commits in order, each whole or not at all.
 * @returns those that failed, and why.
 * @throws when there is no memory: the view is then somewhere in between, and has to be loaded anew.
 */
export function applyCommits(view: SqlView, commits: readonly Commit[]): readonly LogProblem[] {
  // One transaction for all costs a third less than one for each; should one of them fail, all have to come again.
  if (failureOf(view, commits) === undefined) return [];
  return commits.flatMap((commit) => {
    const what = failureOf(view, [commit]);
    return what === undefined ? [] : [{ path: `commit ${commit.number}`, what }];
  });
}

/** SQLITE_NOMEM, in SQLite's words. */
function isOutOfMemory(cause: unknown): boolean {
  return cause instanceof Error && cause.message === 'out of memory';
}

function failureOf(view: SqlView, commits: readonly Commit[]): string | undefined {
  view.run('BEGIN');
  try {
    for (const { sql, parameters } of commits.flatMap(({ statements }) => statements))
      view.run(sql, parameters);
    view.run('COMMIT');
    return undefined;
  } catch (cause) {
    view.rollBack();
    // That says nothing of the commit.
    if (isOutOfMemory(cause)) throw cause;
    return cause instanceof Error ? cause.message : String(cause);
  }
}
