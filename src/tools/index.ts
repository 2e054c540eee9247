import { contextList } from './admin/contextList.ts';
import { healthCheck } from './admin/healthCheck.ts';
import { memoryTools } from './memory/index.ts';
import type { Tool } from './tool.ts';
import { windowTools } from './windows/index.ts';

/** Every tool, in the order in which they are listed. */
export const allTools: readonly Tool[] = [...memoryTools, ...windowTools, contextList, healthCheck];
