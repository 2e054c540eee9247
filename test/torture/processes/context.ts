import * as path from 'node:path';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { createContext } from '../../../src/core/log/identity.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import { migrations } from '../../../src/core/store/schema.ts';
import { Store } from '../../../src/core/store/store.ts';
import { migrationsTo } from '../../core/store/furtherMigrations.ts';
import { engine } from '../../core/store/engine.ts';

/** The version of the schema that this build writes. */
export const SCHEMA = migrations.length;

/** The directory of a new context. */
export function newContext(parent: string, name: string): string {
  const directory = path.join(parent, name);
  createContext(nodeFiles, directory, { id: name, name, createdAt: new Date().toISOString() });
  return directory;
}

/** A store of `directory` in this process. It makes its snapshots itself, at once. */
export function openHere(directory: string, schema = SCHEMA): Store {
  return Store.open(directory, {
    engine,
    now: Date.now,
    requestSnapshot: (of) => makeSnapshots(of, engine, nodeFiles, undefined, schema),
    migrations: migrationsTo(schema),
  });
}
