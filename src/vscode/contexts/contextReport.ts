import type { ContextStatistics } from '../../core/store/statistics.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { bullets, factList } from '../views/markdown.ts';

export interface ContextReportFacts {
  readonly context: OpenContext;
  readonly statistics: ContextStatistics;
  /** The vLLM server, or why there is none to use. */
  readonly server: string;
  readonly readable: readonly { readonly name: string; readonly id: string }[];
}

/** What a person wants to know of a context, as Markdown. */
export function contextReport({ context, statistics, server, readable }: ContextReportFacts): string {
  const { identity, directory, store } = context;
  const refusal = store.refusesWrites;
  const facts = factList([
    ['Folder', identity.folder === undefined ? undefined : decodeURI(identity.folder)],
    ['Kept in', directory],
    ['ID', identity.id],
    ['Created', identity.createdAt.slice(0, 10)],
    ['Memories', `${statistics.memories}, and ${statistics.archived} archived`],
    ['Frozen windows', statistics.windows],
    ['New memories', `${statistics.createdIn7Days} in 7 days, ${statistics.createdIn30Days} in 30 days`],
    ['Commits', statistics.commits],
    ['Size', `${Math.ceil(statistics.bytes / 1024).toLocaleString()} KB`],
    ['vLLM server', server],
  ]);
  return [
    `# Context “${identity.name}”\n\n`,
    facts,
    refusal === undefined ? '' : `\n## Read-only\n\n${refusal.sentence}\n`,
    readable.length === 0
      ? ''
      : `\n## May be read from here\n\n${bullets(readable.map(({ name, id }) => `${name} (${id})`))}`,
  ].join('');
}
