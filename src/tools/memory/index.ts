import type { Tool } from '../tool.ts';
import { memoryCreate } from './memoryCreate.ts';
import { memoryDelete } from './memoryDelete.ts';
import { memoryList } from './memoryList.ts';
import { memoryRead } from './memoryRead.ts';
import { memoryRestore } from './memoryRestore.ts';
import { memorySearch } from './memorySearch.ts';
import { memoryUpdate } from './memoryUpdate.ts';

export const memoryTools: readonly Tool[] = [
  memoryCreate,
  memoryRead,
  memoryUpdate,
  memoryDelete,
  memoryRestore,
  memorySearch,
  memoryList,
];
