import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connect } from '../../../src/core/windows/reach.ts';
import type { Windows } from '../../../src/core/windows/windows.ts';
import { createContext } from '../../../src/core/log/identity.ts';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { openStore } from '../../core/store/openStore.ts';
import { windowsOf } from '../../core/windows/openWindows.ts';

/** A context that outlives the test that it was made in. Who makes one removes it. */
export class LastingContext {
  readonly #directory = mkdtempSync(join(tmpdir(), 'permafrost-lasting-'));

  constructor() {
    createContext(nodeFiles, this.#directory, {
      id: 'lasting',
      name: 'Lasting',
      createdAt: new Date().toISOString(),
    });
  }

  /** Its windows, as another process would have them. */
  windows(connect: Connect): Windows {
    return windowsOf(openStore(this.#directory), connect);
  }

  /** Its store, for what no caller may do. */
  store() {
    return openStore(this.#directory);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
