import * as z from 'zod';
import { inputSchema } from '../../src/vscode/contributions/languageModelTools.ts';
import type { Tool, ToolArea } from '../../src/tools/tool.ts';

const AREAS: Record<ToolArea, string> = {
  memory: 'Memory',
  windows: 'Windows',
  admin: 'Contexts and operations',
};

const Schema = z.looseObject({
  type: z.union([z.string(), z.array(z.string()).transform((types) => types.join(' | '))]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  description: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  maximum: z.number().optional(),
});
type Schema = z.infer<typeof Schema>;

/** `docs/tools.md`, made from the definitions of the tools. */
export function toolReference(tools: readonly Tool[]): string {
  const areas = Object.entries(AREAS).map(([area, title]) => {
    const sections = tools.filter((tool) => tool.area === area).map(section);
    return `## ${title}\n\n${sections.join('\n')}`;
  });
  return `${INTRODUCTION}\n${areas.join('\n')}`;
}

const INTRODUCTION = `# Tools

<!-- Made from src/tools by test/generated.test.ts: change the definitions, not this page. -->

Each tool is offered twice: to agents of the editor as a Language Model Tool, whose name has \`permafrost_\` before the
one below, and to any MCP client by the bundled server, under the name below.

Fields are camelCase, times are ISO 8601 in UTC. \`null\` for an optional field means that it is absent; an unknown field
is an error that names it. All tools take two more optional fields: \`context\` (name or id of another context that the
user allowed) and \`maxTokens\` (budget for the answer). All may put out \`warnings\` besides: what the user has to know, such
as that part of what is stored is damaged. Errors begin with their code, as in \`PF-2001: ...\`, and say what to do next.
`;

function section(tool: Tool): string {
  const schema = Schema.parse(inputSchema(tool));
  const output = Schema.parse(z.toJSONSchema(tool.output, { target: 'draft-7', io: 'output' }));
  return [
    `### \`${tool.name}\`\n`,
    `${tool.title}${marks(tool)}. ${tool.description}\n`,
    table('Input', schema, ['context', 'maxTokens']),
    table('Output', output, []),
  ].join('\n');
}

function marks({ annotations: { readOnlyHint, destructiveHint } }: Tool): string {
  if (readOnlyHint) return ' (changes nothing)';
  return destructiveHint === true ? ' (may delete)' : '';
}

function table(
  title: string,
  { properties = {}, required = [] }: Schema,
  without: readonly string[],
): string {
  const fields = Object.entries(properties).filter(([name]) => !without.includes(name));
  if (fields.length === 0) return `${title}: no fields.\n`;
  const rows = fields.map(([name, value]) => {
    const field = Schema.parse(value);
    const isRequired = title === 'Input' && required.includes(name) ? ' (required)' : '';
    return `| \`${name}\`${isRequired} | ${cell(typeOf(field))} | ${cell(field.description ?? '')} |`;
  });
  return [`| ${title} | Type | |`, '| --- | --- | --- |', ...rows, ''].join('\n');
}

function typeOf(field: Schema): string {
  const { type, items, properties, anyOf, maxLength, maximum, minItems, maxItems } = field;
  if (field.enum !== undefined) return field.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (field.const !== undefined) return JSON.stringify(field.const);
  if (anyOf !== undefined) return anyOf.map((each) => typeOf(Schema.parse(each))).join(' | ');
  if (type === 'array') return `list${range(minItems, maxItems)} of ${typeOf(Schema.parse(items ?? {}))}`;
  if (properties !== undefined) return `{ ${Object.keys(properties).join(', ')} }`;
  if (type === 'string' && maxLength !== undefined)
    return `string, at most ${maxLength.toLocaleString('en')} characters`;
  if (type === 'integer' && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) {
    return `integer, at most ${maximum.toLocaleString('en')}`;
  }
  return type ?? 'any';
}

function range(least: number | undefined, most: number | undefined): string {
  if (most === undefined) return '';
  return ` (${least === undefined || least === 0 ? 'at most ' : `${least} to `}${most})`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
