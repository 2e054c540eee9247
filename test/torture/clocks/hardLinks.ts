import * as fs from 'node:fs';
import * as path from 'node:path';
import { PermafrostError } from '../../../src/core/errors.ts';
import { createContext } from '../../../src/core/log/identity.ts';
import { Memories } from '../../../src/core/memory/memories.ts';
import { Store } from '../../../src/core/store/store.ts';
import { errno, interceptFiles } from '../../core/log/interceptFiles.ts';
import { engine } from '../../core/store/engine.ts';
import type { Harness, Outcome, Setting } from '../harness.ts';
import { newContext, openHere } from '../processes/context.ts';

/** What file systems answer that have no hard links. */
const ANSWERS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

const SETTINGS = ['permafrost.storage.directory', '--context', 'PERMAFROST_HOME'];

export const hardLinks: Harness = {
  name: 'hard-links',
  promise:
    'A file system without hard links is refused with the settings that name another one, and nothing is changed.',
  run: (setting) => Promise.resolve(refuse(setting)),
};

function refuse({ directory: parent }: Setting): Outcome {
  const cases = ANSWERS.flatMap((answer) => {
    const files = interceptFiles({
      before: (operation) => {
        if (operation === 'linkSync') throw errno(answer);
      },
    });
    const fresh = path.join(parent, `new-${answer}`);
    const moved = newContext(parent, `moved-${answer}`);
    openHere(moved).close();
    const store = Store.open(moved, { engine, files, now: Date.now, requestSnapshot: () => {} });
    const memories = new Memories(store, { now: Date.now, newId: () => 'id' });
    const content = 'x'.repeat(20_000);
    return [
      refusal(fresh, () =>
        createContext(files, fresh, { id: 'id', name: '', createdAt: new Date().toISOString() }),
      ),
      refusal(moved, () => memories.create([{ title: 'small', content: 'x' }])),
      refusal(moved, () => memories.create([{ title: 'large', content }])),
      store.read((view) => view.all('SELECT * FROM memories')).length === 0 ? [] : ['something was created'],
    ].map((wrong) => wrong.map((what) => `${answer}: ${what}`));
  });
  return { tried: `${cases.length} cases`, failures: cases.flat() };
}

/** @returns what is wrong with how `work` is refused. */
function refusal(directory: string, work: () => void): string[] {
  const before = filesIn(directory);
  try {
    work();
    return ['it was not refused'];
  } catch (cause) {
    const said = cause instanceof PermafrostError ? cause.sentence : String(cause);
    const unnamed = SETTINGS.filter((name) => !said.includes(name));
    const left = filesIn(directory).filter((name) => !before.includes(name));
    return [
      ...unnamed.map((name) => `"${said}" does not name ${name}`),
      ...left.map((name) => `${name} was left`),
    ];
  }
}

function filesIn(directory: string): string[] {
  if (!fs.existsSync(directory)) return [];
  const entries = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
}
