import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import * as path from 'node:path';
import { idFactory } from '../../src/core/ids.ts';
import { ownPlace } from '../../src/mcp/places.ts';
import { temporaryContext, temporaryDirectory } from '../core/store/openStore.ts';

const clock = { now: Date.now, newId: idFactory() };

describe('the context of an MCP server', () => {
  it('is found by reading alone by one that changes nothing, as on a disk that cannot be written', () => {
    const directory = temporaryContext();
    const before = statSync(directory, { bigint: true }).ctimeNs;
    const { identity } = ownPlace({ kind: 'context', directory, from: '--context' }, clock, false);
    assert.equal(identity.name, 'Test');
    assert.equal(statSync(directory, { bigint: true }).ctimeNs, before);
  });

  it('is made where there is none, by such a one too', () => {
    const directory = path.join(temporaryDirectory(), 'new');
    const place = { kind: 'context', directory, from: '--context' } as const;
    assert.deepEqual(ownPlace(place, clock, false), ownPlace(place, clock));
  });
});
