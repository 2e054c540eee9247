import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import * as mcp from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import { unknownTool } from '../core/errors.ts';
import type { OnText, ToolEnvironment } from '../tools/environment.ts';
import { errorAnswer, runTool, type ReportInternal, type ToolAnswer } from '../tools/runTool.ts';
import type { Tool } from '../tools/tool.ts';
import { watchContext } from './changes.ts';
import { instructionsFor } from './instructions.ts';
import { Resources } from './resources.ts';
import { describeTool } from './toolDescription.ts';

export interface ServerParts {
  readonly version: string;
  readonly tools: readonly Tool[];
  readonly environment: ToolEnvironment;
  /** Writes a line for the people who run this. */
  readonly log: (line: string) => void;
  readonly report: ReportInternal;
  /** Aborted when this process has to end: calls that still run are cancelled, and answered so. */
  readonly stopping: AbortSignal;
}

/** The server for one client. It is the SDK's low-level one, so that `runTool` alone checks what tools get. */
export function createServer(parts: ServerParts): Server {
  const server = new Server(
    { name: 'permafrost', title: 'Permafrost', version: parts.version },
    {
      capabilities: { tools: {}, resources: { listChanged: true }, completions: {} },
      instructions: instructionsFor(parts.tools),
    },
  );
  const handlers = new Map([...toolHandlers(parts), ...resourceHandlers(new Resources(parts.environment))]);
  announceChanges(server, parts);
  return Object.assign(server, {
    onerror: (error: Error) => parts.log(error.message),
    // With a handler of its own for a method, the SDK would call a wrong request an internal error, and check answers too.
    fallbackRequestHandler: async (request: mcp.JSONRPCRequest, extra: Extra) => {
      const handler = handlers.get(request.method);
      if (handler === undefined) throw notFound;
      return handler(request, extra);
    },
  });
}

/** As the SDK answers what it has no handler for. */
const notFound = Object.assign(new Error('Method not found'), { code: mcp.ErrorCode.MethodNotFound });

function toolHandlers(parts: ServerParts): MethodHandler[] {
  const byName = new Map(parts.tools.map((tool) => [tool.name, tool]));
  return [
    handling(mcp.ListToolsRequestSchema, () => ({ tools: parts.tools.map(describeTool) })),
    handling(mcp.CallToolRequestSchema, async ({ params }, extra) => {
      const { name, arguments: input, _meta } = params;
      const tool = byName.get(name);
      if (tool === undefined) return asResult(errorAnswer(unknownTool(name, [...byName.keys()])));
      const token = _meta?.progressToken;
      const { environment } = parts;
      const heard = token === undefined ? environment : environment.heardBy(progressOf(token, extra, parts));
      const ended = AbortSignal.any([extra.signal, parts.stopping]);
      return asResult(await runTool(tool, input, heard, parts.report, ended));
    }),
  ];
}

/** Sends the pieces of an answer to the client that asked for progress, counted. */
function progressOf(progressToken: mcp.ProgressToken, extra: Extra, { log }: ServerParts): OnText {
  let progress = 0;
  return (message) => {
    const params = { progressToken, progress: ++progress, message };
    extra
      .sendNotification({ method: 'notifications/progress', params })
      .catch((cause: unknown) => log(`progress cannot be told: ${String(cause)}`));
  };
}

function asResult({ isError, texts, structuredContent }: ToolAnswer): mcp.CallToolResult {
  return {
    content: texts.map((text) => ({ type: 'text', text })),
    structuredContent: { ...structuredContent },
    ...(isError ? { isError } : {}),
  };
}

function resourceHandlers(resources: Resources): MethodHandler[] {
  return [
    handling(mcp.ListResourcesRequestSchema, ({ params }) => resources.list(params?.cursor)),
    handling(mcp.ListResourceTemplatesRequestSchema, () => resources.templates()),
    handling(mcp.ReadResourceRequestSchema, ({ params }) => resources.read(params.uri)),
    handling(mcp.CompleteRequestSchema, async ({ params: { ref, argument } }) => {
      if (ref.type !== 'ref/resource')
        throw new mcp.McpError(mcp.ErrorCode.InvalidParams, 'There are no prompts.');
      return { completion: await resources.complete(ref.uri, argument) };
    }),
  ];
}

type RequestSchema = z.ZodObject<{ method: z.ZodLiteral<string> }>;
type Extra = Pick<
  RequestHandlerExtra<mcp.ServerRequest, mcp.ServerNotification>,
  'signal' | 'sendNotification'
>;
type Handler<Request> = (request: Request, extra: Extra) => mcp.Result | Promise<mcp.Result>;
/** A method, and what answers its requests. */
type MethodHandler = readonly [string, Handler<mcp.JSONRPCRequest>];

/** Answers the requests of a method, and refuses those that do not fit it. */
function handling<Schema extends RequestSchema>(
  schema: Schema,
  handler: Handler<z.output<Schema>>,
): MethodHandler {
  return [
    schema.shape.method.value,
    (request, extra) => {
      const { data, error } = schema.safeParse(request);
      if (error !== undefined) throw new mcp.McpError(mcp.ErrorCode.InvalidParams, z.prettifyError(error));
      return handler(data, extra);
    },
  ];
}

function announceChanges(server: Server, { environment, log }: ServerParts): void {
  let unwatch: (() => void) | undefined;
  let lastFailure = '';
  const failed = (cause: unknown): void => {
    if (String(cause) !== lastFailure) log(`the context cannot be read: ${String(cause)}`);
    lastFailure = String(cause);
  };
  const oninitialized = (): void => {
    const changed = (): void => void server.sendResourceListChanged().catch(failed);
    unwatch ??= watchContext(environment, { changed, failed });
  };
  Object.assign(server, { oninitialized, onclose: () => unwatch?.() });
}
