import type { Tool } from '../../tools/tool.ts';

/** The name of a tool among the Language Model Tools of all extensions. */
export function languageModelToolName({ name }: Pick<Tool, 'name'>): string {
  return `permafrost_${name}`;
}
