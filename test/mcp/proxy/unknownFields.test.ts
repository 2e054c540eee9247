import assert from 'node:assert/strict';
import { UnknownFields, withoutRefused } from '../../../src/mcp/proxy/unknownFields.ts';

const ALL = { salt: true, tokenIds: true, usage: true };
const NO_SALT = { ...ALL, salt: false };

describe('What a server does not know', () => {
  for (const refusal of [
    '{"error":{"message":"Unrecognized request argument supplied: cache_salt"}}',
    '{"error":{"message":"Unknown parameter: \'cache_salt\'.","param":"cache_salt"}}',
    '{"detail":[{"type":"extra_forbidden","loc":["body","cache_salt"],"msg":"Extra inputs are not permitted"}]}',
    '{"error":{"message":"json: unknown field \\"cache_salt\\""}}',
    '{"error":"property \'cache_salt\' is unsupported"}',
    "Additional properties are not allowed ('cache_salt' was unexpected)",
  ]) {
    it(`is what it names, and nothing else: ${refusal}`, () =>
      assert.deepEqual(withoutRefused(ALL, refusal), NO_SALT));
  }

  it('may be several', () => {
    const refusal = 'Unrecognized request arguments supplied: return_token_ids, cache_salt';
    assert.deepEqual(withoutRefused(ALL, refusal), { salt: false, tokenIds: false, usage: true });
  });

  for (const refusal of [
    // A refusal of something else, that quotes the whole request.
    '{"detail":[{"type":"missing","loc":["body","model"],"msg":"Field required","input":{"cache_salt":"s","return_token_ids":true,"stream_options":{"include_usage":true}}}]}',
    '{"detail":[{"type":"extra_forbidden","loc":["body","frost"],"msg":"Extra inputs are not permitted","input":{"cache_salt":"s"}}]}',
    '{"error":"unknown field `frost`, expected one of `model`, `cache_salt`, `stream_options`"}',
    '{"error":{"message":"The model is overloaded."}}',
  ]) {
    it(`is not what is merely quoted: ${refusal}`, () => assert.deepEqual(withoutRefused(ALL, refusal), ALL));
  }

  it('is left out for ten minutes, and then tried again', () => {
    let now = 0;
    const lines: string[] = [];
    const unknown = new UnknownFields({ now: () => now, log: (line) => lines.push(line) });
    unknown.learn('/v1/completions', ALL, NO_SALT);
    assert.deepEqual(unknown.without('/v1/completions', ALL), NO_SALT);
    assert.match(
      lines.join('\n'),
      /^the server does not know cache_salt in \/v1\/completions: for ten minutes/,
    );
    now = 10 * 60_000;
    assert.deepEqual(unknown.without('/v1/completions', ALL), ALL);
  });

  it('is left out at that path alone', () => {
    const unknown = new UnknownFields({ now: () => 0, log: () => undefined });
    unknown.learn('/v1/completions', ALL, NO_SALT);
    assert.deepEqual(unknown.without('/v1/chat/completions', ALL), ALL);
  });
});
