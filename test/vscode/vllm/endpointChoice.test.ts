import assert from 'node:assert/strict';
import { chooseEndpoint } from '../../../src/vscode/vllm/endpointChoice.ts';

const local = 'http://127.0.0.1:8000';
const far = 'https://models.example.com';

describe('the server that the settings name', () => {
  it('is none when nobody names one', () => {
    assert.equal(chooseEndpoint({ user: '', folder: undefined }, true), undefined);
    assert.equal(chooseEndpoint({ user: undefined, folder: ' ' }, true), undefined);
  });

  it('is the one that the person named, which needs no question', () => {
    const choice = chooseEndpoint({ user: ` ${local}/v1/ `, folder: undefined }, true);
    assert.deepEqual(choice, { endpoint: local, origin: local, namedByFolder: false });
  });

  it('is the one of a trusted folder, which needs one', () => {
    const choice = chooseEndpoint({ user: local, folder: `${far}/team` }, true);
    assert.deepEqual(choice, { endpoint: `${far}/team`, origin: far, namedByFolder: true });
  });

  it('needs no question when the person named the same origin', () => {
    assert.equal(chooseEndpoint({ user: local, folder: `${local}/other` }, true)?.namedByFolder, false);
  });

  it('is never the one of a folder that is not trusted', () => {
    assert.equal(chooseEndpoint({ user: undefined, folder: far }, false), undefined);
    assert.equal(chooseEndpoint({ user: local, folder: far }, false)?.endpoint, local);
    assert.equal(chooseEndpoint({ user: local, folder: 7 }, false)?.endpoint, local);
  });

  it('can be switched off by a folder', () => {
    assert.equal(chooseEndpoint({ user: local, folder: '' }, true), undefined);
  });

  it('has to be an address', () => {
    for (const folder of [7, ['http://a'], 'fox', 'file:///etc/passwd', 'http://user:secret@host']) {
      assert.throws(
        () => chooseEndpoint({ user: undefined, folder }, true),
        { code: 'PF-1001' },
        String(folder),
      );
    }
  });
});
