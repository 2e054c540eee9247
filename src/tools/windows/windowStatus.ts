import * as z from 'zod';
import { ServerFacts } from '../../core/windows/window.ts';
import type { WindowStatus } from '../../core/windows/windows.ts';
import { defineTool } from '../tool.ts';
import {
  cacheFields, cacheLine, sessionLine, sessionOutput, SessionOutput, windowLine, windowNamed, windowNameFields,
  windowOutput, WindowOutput,
} from './fields.ts'; // prettier-ignore

const Ref = z.object({ id: z.string(), name: z.string() });

const Output = z.object({
  window: WindowOutput,
  server: ServerFacts.nullable().describe('what the server said of itself when the window was frozen'),
  lastBlockHash: z
    .string()
    .nullable()
    .describe(
      'the end of the chain of block hashes, as a server with the PYTHONHASHSEED of `server.hashSeed` computes it, or without one',
    ),
  notes: z.array(z.string()),
  lineage: z.object({
    parent: Ref.nullable(),
    children: z.array(Ref),
    session: SessionOutput.nullable().describe('the session that was frozen'),
    thawedSessions: z.array(SessionOutput).describe('the latest sessions that thaws of it began'),
  }),
  cache: z
    .object({ model: z.string(), ...cacheFields, reasons: z.array(z.string()) })
    .optional()
    .describe('what the server had of it, with checkServer'),
});
type Output = z.infer<typeof Output>;

export const windowStatus = defineTool({
  name: 'window_status',
  title: 'Show a frozen window',
  description:
    'Shows one frozen window, archived ones by id too: its facts, where it comes from and what came of it. checkServer also finds ' +
    'out how much of it the vLLM server still has cached: that costs what a thaw costs, since the server computes what it had ' +
    'not, and has all of it cached afterwards.',
  area: 'windows',
  annotations: { readOnlyHint: true, openWorldHint: true },
  input: z.strictObject({
    ...windowNameFields,
    checkServer: z.boolean().optional().describe('default false'),
  }),
  output: Output,
  run: async ({ checkServer = false, ...named }, { context, signal }) =>
    outputOf(await context.windows.status(windowNamed(named), checkServer, signal)),
  text: readable,
});

function outputOf({ window, lineage, cache }: WindowStatus): Output {
  const { parent, children, session, thawedSessions } = lineage;
  return {
    window: windowOutput(window),
    server: window.server,
    lastBlockHash: window.blockHashes?.at(-1) ?? null,
    notes: [...window.notes],
    lineage: {
      parent,
      children: [...children],
      session: session === null ? null : sessionOutput(session),
      thawedSessions: thawedSessions.map(sessionOutput),
    },
    ...(cache === null ? {} : { cache: { ...cache, reasons: [...cache.reasons] } }),
  };
}

function readable({ window, server, notes, lineage, cache }: Output): string {
  const { parent, children, session, thawedSessions } = lineage;
  const ref = ({ id, name }: z.infer<typeof Ref>) => `"${name}" (${id})`;
  return [
    windowLine(window),
    window.description ?? '',
    server === null
      ? ''
      : `Frozen on vLLM ${server.version ?? 'of unknown version'}, ${server.root ?? 'unknown weights'}.`,
    ...notes,
    parent === null ? '' : `Goes on from ${ref(parent)}.`,
    children.length === 0 ? '' : `Continued as ${children.map(ref).join(', ')}.`,
    session === null ? '' : `Frozen session: ${sessionLine(session)}`,
    ...thawedSessions.map((thawed) => `Thawed session: ${sessionLine(thawed)}`),
    ...(cache === undefined ? [] : [`Server: ${cacheLine(cache)}.`, ...cache.reasons]),
  ]
    .filter((line) => line !== '')
    .join('\n');
}
