import * as z from 'zod';
import { ServerFacts } from '../../core/windows/window.ts';
import type { WindowStatus } from '../../core/windows/windows.ts';
import { defineTool } from '../tool.ts';
import {
  cacheFields, cacheLine, windowLine, windowNamed, windowNameFields, windowOutput, WindowOutput,
} from './fields.ts'; // prettier-ignore
import { fitLineage, Lineage, lineageSessionLines, treeLines } from './lineageFields.ts';

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
  lineage: Lineage,
  cache: z
    .object({ model: z.string(), endpoint: z.string(), ...cacheFields, reasons: z.array(z.string()) })
    .optional()
    .describe('what the server had of it, with checkServer'),
});
type Output = z.infer<typeof Output>;

export const windowStatus = defineTool({
  name: 'window_status',
  title: 'Show a frozen window',
  description:
    'Shows one frozen window, archived ones by id too: its facts, and the tree of where it comes from and what came of it. ' +
    'checkServer also finds out how much of it the vLLM server still has cached, without bringing back the rest: longer and ' +
    'longer beginnings are sent, until the server had not all of one. That costs one request for every doubling, and the ' +
    'computing of at most 8 blocks or as many tokens as were found; `reasons` say what it was. Use window_thaw to warm it.',
  area: 'windows',
  annotations: { readOnlyHint: true, openWorldHint: true },
  input: z.strictObject({
    ...windowNameFields,
    checkServer: z.boolean().optional().describe('default false'),
  }),
  output: Output,
  run: async ({ checkServer = false, ...named }, { context, maxTokens, signal }) =>
    outputOf(await context.windows.status(windowNamed(named), checkServer, signal), maxTokens),
  text: readable,
});

function outputOf({ window, lineage, cache }: WindowStatus, maxTokens: number | undefined): Output {
  return fitLineage(lineage, maxTokens, (fitted) => ({
    window: windowOutput(window),
    server: window.server,
    lastBlockHash: window.blockHashes?.at(-1) ?? null,
    notes: [...window.notes],
    lineage: fitted,
    ...(cache === null ? {} : { cache: { ...cache, reasons: [...cache.reasons] } }),
  }));
}

function readable({ window, server, notes, lineage, cache }: Output): string {
  return [
    windowLine(window),
    window.description ?? '',
    server === null
      ? ''
      : `Frozen on vLLM ${server.version ?? 'of unknown version'}, ${server.root ?? 'unknown weights'}.`,
    ...notes,
    ...treeLines(lineage, window.id),
    ...lineageSessionLines(lineage),
    ...(cache === undefined ? [] : [`Server ${cache.endpoint}: ${cacheLine(cache)}.`, ...cache.reasons]),
  ]
    .filter((line) => line !== '')
    .join('\n');
}
