import * as z from 'zod';
import { asPermafrostError, type PermafrostError } from '../../core/errors.ts';
import { checkContent } from '../../core/store/contentCheck.ts';
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
    'Says whether the memory of this folder can be read and written and whether each vLLM server answers, and what to do when not.',
  area: 'admin',
  annotations: { readOnlyHint: true, openWorldHint: true },
  input: z.strictObject({}),
  output: z.object({ status: Status, parts: z.array(Part) }),
  run: async (_input, { context, environment, signal }) =>
    summarise([
      logPart(context.store),
      await contentPart(context.store),
      storagePart(context.store),
      ...(await vllmParts(environment, signal)),
    ]),
  ifUnopened: async (error, environment, signal) =>
    summarise([failed('log', 'failing', error), ...(await vllmParts(environment, signal))]),
  text: ({ status, parts }) => [`Permafrost is ${status}.`, ...parts.map(readable)].join('\n'),
});

function logPart(store: Store): Part {
  store.read(() => undefined);
  const refusal = store.refusesWrites;
  if (refusal !== undefined) return failed('log', 'failing', refusal);
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
  const detail = `${store.position} commits in ${store.directory}, each whole when it was read`;
  return { name: 'log', status: 'ok', detail };
}

/** How long content is read for, in milliseconds. */
const CONTENT_MS = 1_000;
/** How many damaged contents are told of. */
const NAMED = 5;

async function contentPart(store: Store): Promise<Part> {
  const { contents, read, damaged } = await checkContent(store, CONTENT_MS);
  if (damaged.length === 0) {
    const detail =
      contents === 0
        ? 'all of it is in the log'
        : `${count(contents, 'large content', 'large contents')}, all there; read just now and whole: ${read}`;
    return { name: 'content', status: 'ok', detail };
  }
  const named = damaged.slice(0, NAMED).map(({ owners, error }) => `${owners.join(', ')}: ${error.message}`);
  const more = damaged.length > named.length ? ` And ${damaged.length - named.length} more.` : '';
  return {
    name: 'content',
    status: 'degraded',
    detail: `${damaged.length} of ${count(contents, 'large content', 'large contents')} cannot be read. ${named.join(' ')}${more}`,
    hint: 'Put the files back from a copy of the directory, or save the same content again. Everything else can be read.',
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
