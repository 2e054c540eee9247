import * as z from 'zod';

export const toolSchema = z.object({
  name: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  inputSchema: z.unknown().optional(),
});
export const partSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('data'), mimeType: z.string(), base64: z.string() }),
  z.object({ kind: z.literal('other'), value: z.unknown() }),
]);
export const documentSchema = z.object({
  uri: z.string(),
  languageId: z.string(),
  isDirty: z.boolean(),
  version: z.number(),
  text: z.string(),
});
export const modelSchema = z.object({
  id: z.string(),
  name: z.string(),
  vendor: z.string(),
  family: z.string(),
  maxInputTokens: z.number(),
});
export const mcpDefinitionSchema = z.object({
  label: z.string(),
  version: z.string().optional(),
  command: z.string().optional(),
  args: z.array(z.string()).optional(),
  cwd: z.string().optional(),
  env: z.record(z.string(), z.unknown()).optional(),
  uri: z.string().optional(),
});
export const replySchema = z.object({
  value: z.unknown().optional(),
  error: z
    .object({ name: z.string().optional(), code: z.unknown().optional(), message: z.string() })
    .optional(),
});

/** A language model tool as `vscode.lm.tools` lists it. */
export type ProbedTool = z.output<typeof toolSchema>;
/** A text document of the editor. */
export type ProbedDocument = z.output<typeof documentSchema>;

/** A chat model of `vscode.lm.selectChatModels()`. */
export type ProbedModel = z.output<typeof modelSchema>;
/** An MCP server that the editor knows. */
export type ProbedMcpServer = z.output<typeof mcpDefinitionSchema>;

/** How long an extension took to start, in milliseconds, as "Developer: Startup Performance" reports it. */
export interface ActivationTimes {
  readonly loadCode: number;
  readonly callActivate: number;
  readonly finishActivate: number;
}

/** The report is Markdown; the row reads `| id | eager | load code | call activate | finish activate | event | by |`. */
export function parseActivation(report: string, id: string): ActivationTimes | undefined {
  const rows = report.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const row = rows.find((cells) => cells[1] === id);
  if (row === undefined) return undefined;
  const [loadCode, callActivate, finishActivate] = z.tuple([ms, ms, ms]).parse(row.slice(3, 6));
  return { loadCode, callActivate, finishActivate };
}

const ms = z.coerce.number();
