import * as z from 'zod';
import { asPermafrostError, corruptFile, hasCode, type PermafrostError } from '../../core/errors.ts';
import { checkContent, type ContentCheck } from '../../core/store/contentCheck.ts';
import type { Store } from '../../core/store/store.ts';
import type { VllmClient } from '../../core/vllm/client.ts';
import { introduction } from '../../core/vllm/introduction.ts';
import type { ToolEnvironment } from '../environment.ts';
import { count } from '../fields.ts';
import { defineTool } from '../tool.ts';

const Status = z.enum(['ok', 'degraded', 'failing']);
type Status = z.infer<typeof Status>;

const Part = z.object({
  name: z.string(),
  status: Status,
  detail: z.string(),
  hint: z.string().optional(),
});
type Part = z.infer<typeof Part>;

export const healthCheck = defineTool({
  name: 'health_check',
  title: 'Check health',
  description:
    'Says whether the memory of this folder can be read and written, whether its large content is whole, and whether each vLLM ' +
    'server answers, and what to do when not.',
  area: 'admin',
  annotations: { readOnlyHint: true, openWorldHint: true },
  input: z.strictObject({}),
  output: z.object({ status: Status, parts: z.array(Part) }),
  run: async (_input, { context, environment, signal }) => {
    const log = logPart(context.store);
    const [content, servers] = await Promise.all([
      contentPart(context.store, signal),
      vllmParts(environment, signal),
    ]);
    return summarise([log, content, storagePart(context.store), ...servers]);
  },
  ifUnopened: async (error, environment, signal) =>
    summarise([failed('log', 'failing', error), ...(await vllmParts(environment, signal))]),
  text: ({ status, parts }) => [`Permafrost is ${status}.`, ...parts.map(readable)].join('\n'),
});

function logPart(store: Store): Part {
  store.read(() => undefined);
  const onDisk = problemsOnDisk(store);
  const refusal = store.refusesWrites;
  if (refusal !== undefined) return failed('log', 'failing', refusal);
  if (onDisk !== undefined) return unlikeOnDisk(onDisk);
  const [damaged] = store.damagedSnapshots;
  if (damaged !== undefined) {
    const detail = `"${damaged.path}" is damaged: ${damaged.what}. Nothing is lost: it was done without, and is made anew`;
    return {
      name: 'log',
      status: 'degraded',
      detail,
      hint: 'Check the disk: files on it change by themselves.',
    };
  }
  const detail = `${store.position} commits in ${store.directory}, whole from the newest snapshot on`;
  return { name: 'log', status: 'ok', detail };
}

/** What somebody who opens the context now is told. */
function problemsOnDisk(store: Store): PermafrostError | undefined {
  try {
    const [problem] = store.verify();
    return problem && corruptFile(problem.path, problem.what);
  } catch (thrown) {
    if (hasCode(thrown, 'PF-4')) return thrown;
    throw thrown;
  }
}

function unlikeOnDisk(error: PermafrostError): Part {
  return {
    name: 'log',
    status: 'failing',
    detail: `${error.code}: ${error.message} It was whole when this process read it, so nothing is missing here; whoever opens the context now can only read, and not all of it`,
    hint: 'Put the file back from a copy of the directory. Until then, leave this process running, and copy what matters: memory_read still gives it.',
  };
}

/** How long content is read for, in milliseconds. */
const CONTENT_MS = 1_000;
/** How many damaged contents are told of. */
const NAMED = 5;

async function contentPart(store: Store, signal: AbortSignal): Promise<Part> {
  try {
    const found = await checkContent(store, CONTENT_MS, signal);
    if (found !== undefined) return describeContent(found);
    return { name: 'content', status: 'degraded', detail: 'what there is, only a newer Permafrost knows' };
  } catch (thrown) {
    // Of a damaged log, the tables may be missing.
    if (hasCode(thrown, 'PF-4')) return failed('content', 'degraded', thrown);
    throw thrown;
  }
}

function describeContent({ contents, tried, damaged }: ContentCheck): Part {
  const name = 'content';
  if (contents === 0) return { name, status: 'ok', detail: 'all of it is in the log' };
  const many = count(contents, 'large content', 'large contents');
  if (damaged.length === 0)
    return { name, status: 'ok', detail: `${many}, all there; ${tried} of them read just now, and whole` };
  const named = damaged.slice(0, NAMED).map(({ owners, error }) => `${owners.join(', ')}: ${error.message}`);
  const more = damaged.length > named.length ? ` And ${damaged.length - named.length} more.` : '';
  return {
    name,
    status: 'degraded',
    detail: `${damaged.length} of ${many} cannot be read, of ${tried} that were tried just now. ${named.join(' ')}${more}`,
    hint: 'Put the files back from a copy of the directory, or save the same content again.',
  };
}

function storagePart(store: Store): Part {
  const unwritable = store.whyUnwritable();
  if (unwritable !== undefined) return failed('storage', 'failing', unwritable);
  const { checkpointFailure } = store;
  if (checkpointFailure !== undefined) {
    const error = asPermafrostError(checkpointFailure);
    return {
      ...failed('storage', 'degraded', error),
      detail: `a checkpoint failed, so opening gets slower: ${error.message}`,
    };
  }
  return { name: 'storage', status: 'ok', detail: 'the directory can be written' };
}

/** No server configured is not a fault: memories work without one. */
async function vllmParts(environment: ToolEnvironment, signal: AbortSignal): Promise<Part[]> {
  try {
    const endpoints = await environment.connect();
    const name = ({ endpoint }: VllmClient) => (endpoints.clients.length === 1 ? 'vllm' : `vllm ${endpoint}`);
    return await Promise.all(
      endpoints.clients.map((client) => vllmPart(name(client), client, endpoints.restingOf(client), signal)),
    );
  } catch (thrown) {
    const error = asPermafrostError(thrown);
    if (error.code !== 'PF-5001') return [failed('vllm', 'degraded', error)];
    const detail = 'no server is configured, and memories need none';
    return [{ ...failed('vllm', 'ok', error), detail }];
  }
}

/** @param resting why nothing is sent to it at the moment, if that is so */
async function vllmPart(
  name: string,
  client: VllmClient,
  resting: PermafrostError | undefined,
  signal: AbortSignal,
): Promise<Part> {
  try {
    const detail = await introduction(client, signal);
    if (resting === undefined) return { name, status: 'ok', detail };
    return {
      name,
      status: 'degraded',
      detail: `${detail}; it is left alone for a moment after ${resting.sentence}`,
    };
  } catch (thrown) {
    return failed(name, 'degraded', asPermafrostError(thrown));
  }
}

function failed(name: string, status: Status, error: PermafrostError): Part {
  const { hint } = error.facts;
  return { name, status, detail: `${error.code}: ${error.message}`, ...(hint === undefined ? {} : { hint }) };
}

function summarise(parts: Part[]): { status: Status; parts: Part[] } {
  const worst = (['failing', 'degraded'] as const).find((status) =>
    parts.some((part) => part.status === status),
  );
  return { status: worst ?? 'ok', parts };
}

function readable({ name, status, detail, hint }: Part): string {
  return `- ${name}: ${status}. ${detail}${hint === undefined ? '' : ` ${hint}`}`;
}
