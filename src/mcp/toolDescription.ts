import type { Tool as McpTool } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import type { Tool } from '../tools/tool.ts';

/** A tool as `tools/list` shows it. */
export function describeTool(tool: Tool): McpTool {
  const {
    readOnlyHint,
    destructiveHint = false,
    idempotentHint = readOnlyHint,
    openWorldHint = false,
  } = tool.annotations;
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: schemaOf(tool.input, 'input'),
    outputSchema: asAnswered(schemaOf(tool.output, 'output')),
    // All four, because a hint that is absent means the worst case to a client.
    annotations: { title: tool.title, readOnlyHint, destructiveHint, idempotentHint, openWorldHint },
  };
}

const ObjectSchema = z.looseObject({
  type: z.literal('object'),
  properties: z.record(z.string(), z.looseObject({})).default({}),
  required: z.array(z.string()).default([]),
});
type ObjectSchema = z.infer<typeof ObjectSchema>;

function schemaOf(schema: z.ZodObject, io: 'input' | 'output'): ObjectSchema {
  return ObjectSchema.parse(z.toJSONSchema(schema, { target: 'draft-7', io }));
}

const ErrorField = {
  type: 'object',
  description: 'instead of the rest, when the call failed',
  properties: {
    code: { type: 'string', pattern: '^PF-\\d{4}$' },
    message: { type: 'string' },
    retryable: { type: 'boolean' },
    retryAfterMs: { type: 'number' },
    hint: { type: 'string' },
    currentVersion: { type: 'integer', description: 'the version a memory has now, on a version conflict' },
  },
  required: ['code', 'message', 'retryable'],
};

const WarningsField = {
  type: 'array',
  items: { type: 'string' },
  description: 'what the user has to know besides, such as that part of what is stored is damaged',
};

/** What a tool puts out, with what any answer may hold: clients check error results by the same schema. */
function asAnswered({ properties, required, ...rest }: ObjectSchema): NonNullable<McpTool['outputSchema']> {
  return {
    ...rest,
    properties: { ...properties, warnings: WarningsField, error: ErrorField },
    anyOf: [{ required }, { required: ['error'] }],
  };
}
