import * as z from 'zod';
import type { Tool, ToolArea } from '../../tools/tool.ts';

const ICONS: Record<ToolArea, string> = { memory: '$(library)', windows: '$(archive)', admin: '$(pulse)' };

/** The name of a tool among the Language Model Tools of all extensions. */
export function languageModelToolName({ name }: Pick<Tool, 'name'>): string {
  return `permafrost_${name}`;
}

/** `contributes.languageModelTools`: a tool that is not declared there is hidden. */
export function languageModelToolContributions(tools: readonly Tool[]) {
  return tools.map((tool) => ({
    name: languageModelToolName(tool),
    toolReferenceName: camelCase(tool.name),
    displayName: tool.title,
    modelDescription: tool.description,
    userDescription: firstSentence(tool.description),
    icon: ICONS[tool.area],
    canBeReferencedInPrompt: true,
    tags: ['permafrost', tool.area],
    inputSchema: inputSchema(tool),
  }));
}

/** The JSON Schema of what a tool takes, as the MCP server offers it too. */
export function inputSchema(tool: Tool): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(tool.input, { target: 'draft-7', io: 'input' });
  return schema;
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function firstSentence(text: string): string {
  return /^.*?[.](?= |$)/s.exec(text)?.[0] ?? text;
}
