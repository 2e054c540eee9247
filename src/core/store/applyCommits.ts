import type { Commit, LogProblem } from '../log/commitLog.ts';
import type { SqlView } from './sqlView.ts';

/**
 * Applies commits in order, each whole or not at all.
 * @returns those that failed, and why.
 */
export function applyCommits(view: SqlView, commits: readonly Commit[]): readonly LogProblem[] {
  // One transaction for all costs a third less than one for each; should one of them fail, all have to come again.
  if (failureOf(view, commits) === undefined) return [];
  return commits.flatMap((commit) => {
    const what = failureOf(view, [commit]);
    return what === undefined ? [] : [{ path: `commit ${commit.number}`, what }];
  });
}

function failureOf(view: SqlView, commits: readonly Commit[]): string | undefined {
  view.run('BEGIN');
  try {
    for (const { sql, parameters } of commits.flatMap(({ statements }) => statements))
      view.run(sql, parameters);
    view.run('COMMIT');
    return undefined;
  } catch (cause) {
    view.run('ROLLBACK');
    return cause instanceof Error ? cause.message : String(cause);
  }
}
