import assert from 'node:assert/strict';
import initSqlJs from 'sql.js';
import { InMemory } from '../../../src/core/store/inMemory.ts';

describe('Databases in memory', () => {
  it('are closed though they cannot be measured, as when no memory is left', async () => {
    const memory = new InMemory(await initSqlJs());
    const [full, other] = [memory.open(), memory.open()];
    full.exec = () => assert.fail('out of memory');
    assert.throws(() => memory.close(full), /out of memory/);
    assert.throws(() => full.run('SELECT 1'), /closed/i);
    memory.close(other); // It does not measure the one that is closed.
  });

  it('leave nothing open of a file that cannot be copied', async () => {
    const sqlite = await initSqlJs();
    const memory = new InMemory(sqlite);
    let closed = 0;
    sqlite.Database = class extends sqlite.Database {
      override close(): void {
        closed++;
        super.close();
      }
    };
    memory.open = () => assert.fail('out of memory');
    assert.throws(() => memory.copyOf(new Uint8Array()), /out of memory/);
    assert.equal(closed, 1);
  });
});
