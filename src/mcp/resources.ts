import * as mcp from '@modelcontextprotocol/sdk/types.js';
import { known } from '../core/known.ts';
import type { FrozenWindow } from '../core/windows/window.ts';
import type { OpenContext, ToolEnvironment } from '../tools/environment.ts';
import { windowOutput } from '../tools/windows/fields.ts';
import { completeIds, countRows, listResources, uriTemplateOf, type ResourceKind } from './resourceKind.ts';

const PAGE = 100;
/** The most values that MCP lets a completion have. */
const COMPLETIONS = 100;
/** The error code that MCP gives for a resource that is not there. */
const RESOURCE_NOT_FOUND = -32_002;

const MEMORIES: ResourceKind = {
  table: 'memories',
  label: 'title',
  description: 'The content of a memory, as it was written',
  mimeType: 'text/markdown',
  read: ({ memories }, id) => memories.read([id]).memories[0]?.content,
};

const WINDOWS: ResourceKind = {
  table: 'windows',
  label: 'name',
  description: 'A frozen context window: its messages, and what the server said when it was frozen',
  mimeType: 'application/json',
  read: ({ windows }, id) => known(() => describeWindow(windows.get({ windowId: id }))),
};

const KINDS = [MEMORIES, WINDOWS];

/** A resource that is one document about the whole context. */
interface Overview {
  readonly uri: string;
  readonly title: string;
  readonly description: string;
  readonly read: (context: OpenContext) => unknown;
}

const OVERVIEWS: readonly Overview[] = [
  {
    uri: 'permafrost://stats',
    title: 'What this context holds',
    description: 'How many memories and frozen windows there are, and the number of the last commit',
    read: ({ identity: { id, name }, store }) =>
      store.read((view) => ({
        context: { id, name },
        memories: countRows(view, MEMORIES),
        windows: countRows(view, WINDOWS),
        commit: store.position,
      })),
  },
  {
    uri: 'permafrost://tags',
    title: 'Tags',
    description: 'Every tag in use with how many memories have it, most used first',
    read: ({ memories }) => ({ tags: memories.tags() }),
  },
];

/** What the folder's own context offers as MCP resources. */
export class Resources {
  readonly #environment: ToolEnvironment;

  constructor(environment: ToolEnvironment) {
    this.#environment = environment;
  }

  /** The overviews, then one kind after the other; the cursor says which kind, and where in it. */
  async list(cursor?: string): Promise<mcp.ListResourcesResult> {
    const { at, after } = readCursor(cursor);
    const kind = KINDS[at];
    if (kind === undefined) throw invalidParams('The cursor does not belong to this list.');
    const { store } = await this.#context();
    const page = store.read((view) => listResources(view, kind, PAGE, after));
    const nextCursor = cursorAfter(at, page.next);
    return {
      resources: [...(cursor === undefined ? OVERVIEWS.map(describeOverview) : []), ...page.resources],
      ...(nextCursor === undefined ? {} : { nextCursor }),
    };
  }

  templates(): mcp.ListResourceTemplatesResult {
    return {
      resourceTemplates: KINDS.map((kind) => ({
        uriTemplate: uriTemplateOf(kind),
        name: kind.table,
        description: kind.description,
        mimeType: kind.mimeType,
      })),
    };
  }

  /** @throws McpError -32002 when there is no such resource. */
  async read(uri: string): Promise<mcp.ReadResourceResult> {
    const context = await this.#context();
    const overview = OVERVIEWS.find((candidate) => candidate.uri === uri);
    if (overview !== undefined) return contents(uri, 'application/json', toJson(overview.read(context)));
    const [, table, id = ''] = /^permafrost:\/\/([^/]+)\/([^/]+)$/.exec(uri) ?? [];
    const kind = KINDS.find((candidate) => candidate.table === table);
    const text = kind?.read(context, id);
    if (kind === undefined || text === undefined) {
      throw new mcp.McpError(RESOURCE_NOT_FOUND, `There is no resource "${uri}".`, { uri });
    }
    return contents(uri, kind.mimeType, text);
  }

  /** The ids that a half-typed one may become. @throws McpError -32602 when there is no such template. */
  async complete(template: string, argument: { name: string; value: string }): Promise<Completion> {
    const kind = KINDS.find((candidate) => uriTemplateOf(candidate) === template);
    if (kind === undefined) throw invalidParams(`There is no resource template "${template}".`);
    if (argument.name !== 'id') throw invalidParams(`"${template}" has no part named "${argument.name}".`);
    const { store } = await this.#context();
    const { ids, total } = store.read((view) => completeIds(view, kind, argument.value, COMPLETIONS));
    return { values: ids, total, hasMore: total > ids.length };
  }

  #context(): Promise<OpenContext> {
    return this.#environment.context(undefined, 'read');
  }
}

type Completion = mcp.CompleteResult['completion'];

function readCursor(cursor = '0:'): { at: number; after: number | undefined } {
  const [, at = '-1', after = ''] = /^(\d):(\d{0,15})$/.exec(cursor) ?? [];
  return { at: Number(at), after: after === '' ? undefined : Number(after) };
}

function cursorAfter(at: number, next: number | undefined): string | undefined {
  if (next !== undefined) return `${at}:${next}`;
  return at + 1 < KINDS.length ? `${at + 1}:` : undefined;
}

function describeOverview({ uri, title, description }: Overview): mcp.Resource {
  return { uri, name: uri.replace('permafrost://', ''), title, description, mimeType: 'application/json' };
}

function contents(uri: string, mimeType: string, text: string): mcp.ReadResourceResult {
  return { contents: [{ uri, mimeType, text }] };
}

/** All but what is for servers alone: the salt, the token ids and the block hashes. */
function describeWindow(window: FrozenWindow): string {
  const { server, notes, messages } = window;
  return toJson({ ...windowOutput(window), server, notes, messages });
}

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

function invalidParams(message: string): mcp.McpError {
  return new mcp.McpError(mcp.ErrorCode.InvalidParams, message);
}
