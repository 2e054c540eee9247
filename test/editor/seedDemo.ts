import * as z from 'zod';
import { demoConversations } from './demoConversations.ts';
import { demoMemories } from './demoMemories.ts';
import { startMcpTools, type McpServerOptions, type McpTools } from './mcpTools.ts';

const totalSchema = z.object({ total: z.number() });

/** What the demo folder holds. */
export interface DemoContents {
  readonly memories: number;
  readonly windows: number;
}

/** Fills the folder's context with the demo's memories and frozen windows, over MCP; what is there already stays. */
export async function seedDemo(
  options: McpServerOptions & { readonly model: string },
): Promise<DemoContents> {
  const tools = await startMcpTools(options);
  try {
    if ((await total(tools, 'memory_list', { archived: 'include' })) === 0) {
      await tools.call('memory_create', { memories: demoMemories });
    }
    if ((await total(tools, 'window_list', {})) === 0) await freezeConversations(tools, options.model);
    return {
      memories: await total(tools, 'memory_list', {}),
      windows: await total(tools, 'window_list', {}),
    };
  } finally {
    await tools.close();
  }
}

async function total(tools: McpTools, list: string, filter: object): Promise<number> {
  return totalSchema.parse(await tools.call(list, { ...filter, limit: 1 })).total;
}

async function freezeConversations(tools: McpTools, model: string): Promise<void> {
  for (const conversation of demoConversations) await tools.call('window_freeze', { ...conversation, model });
}
