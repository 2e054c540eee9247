import type { Tool } from '../tool.ts';
import { autoFreezeCheck } from './autoFreezeCheck.ts';
import { autoFreezeConfig } from './autoFreezeConfig.ts';
import { cacheStats } from './cacheStats.ts';
import { sessionList } from './sessionList.ts';
import { windowClone } from './windowClone.ts';
import { windowDelete } from './windowDelete.ts';
import { windowFreeze } from './windowFreeze.ts';
import { windowList } from './windowList.ts';
import { windowStatus } from './windowStatus.ts';
import { windowThaw } from './windowThaw.ts';

export const windowTools: readonly Tool[] = [
  sessionList,
  windowFreeze,
  windowThaw,
  windowList,
  windowStatus,
  windowClone,
  windowDelete,
  autoFreezeConfig,
  autoFreezeCheck,
  cacheStats,
];
