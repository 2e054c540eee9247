import { statfsSync } from 'node:fs';
import * as os from 'node:os';

/** What the figures depend on beside the code. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** Processes that wanted to run, on average over the last minute: above `cores`, the figures are too high. */
  readonly load: number;
  readonly system: string;
  readonly node: string;
  /** SQLite of `node:sqlite`. */
  readonly sqlite: string;
  readonly fileSystem: string;
}

export function describeMachine(directory: string): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    load: Number(os.loadavg()[0]?.toFixed(1)),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.versions.node,
    sqlite: process.versions['sqlite'] ?? 'unknown',
    fileSystem: fileSystemOf(directory),
  };
}

/** From Linux's statfs(2); other systems number theirs otherwise. */
const FILE_SYSTEMS = new Map([
  [0xef53, 'ext4'],
  [0x9123683e, 'btrfs'],
  [0x58465342, 'xfs'],
  [0x794c7630, 'overlayfs'],
  [0x01021994, 'tmpfs (in memory: syncing costs nothing there)'],
]);

function fileSystemOf(directory: string): string {
  const { type } = statfsSync(directory);
  return FILE_SYSTEMS.get(type) ?? `type 0x${type.toString(16)}`;
}
