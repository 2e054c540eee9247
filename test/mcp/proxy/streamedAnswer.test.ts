import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { StreamedAnswer } from '../../../src/mcp/proxy/streamedAnswer.ts';
import { GENERATIONS, PROMPT_IDS, SEVERAL, streamOf } from './vllmAnswers.ts';

const ALL = { salt: true, tokenIds: true, usage: true };

/** What a client gets of a stream that comes in pieces which end at these places. */
function shown(stream: string, added: typeof ALL, cuts: readonly number[] = []): string {
  const answer = new StreamedAnswer(added, () => undefined);
  const bytes = Buffer.from(stream);
  const ends = [...new Set(cuts.map((cut) => cut % bytes.length))].toSorted((a, b) => a - b);
  const pieces = [0, ...ends].map((start, at) => bytes.subarray(start, ends[at]));
  return Buffer.concat([...pieces.map((piece) => answer.take(piece)), answer.end()]).toString();
}

describe('A streamed answer that was asked for more', () => {
  for (const [name, steps] of Object.entries(GENERATIONS)) {
    const direct = streamOf(steps, { ids: false, usage: false }).join('');
    const asked = streamOf(steps, { ids: true, usage: true }).join('');

    it(`is to the byte what the client asked for: ${name}`, () => {
      fc.assert(
        fc.property(fc.array(fc.nat()), (cuts) => assert.equal(shown(asked, ALL, cuts), direct)),
        { numRuns: 50 },
      );
    });

    it(`keeps what the client asked for itself: ${name}`, () => {
      assert.equal(shown(asked, { salt: true, tokenIds: false, usage: false }), asked);
      const usage = { salt: true, tokenIds: true, usage: false };
      assert.equal(shown(asked, usage), streamOf(steps, { ids: false, usage: true }).join(''));
      const ids = { salt: true, tokenIds: false, usage: true };
      assert.equal(shown(asked, ids), streamOf(steps, { ids: true, usage: false }).join(''));
    });

    it(`keeps the counts of a server that always counts: ${name}`, () => {
      const forced = { usage: true, forced: true };
      const got = shown(streamOf(steps, { ids: true, ...forced }).join(''), ALL);
      assert.equal(got, streamOf(steps, { ids: false, ...forced }).join(''));
    });
  }

  it('is left alone where nothing was asked for, several answers among others', () => {
    const stream = streamOf(SEVERAL, { ids: false, usage: false }).join('');
    assert.equal(shown(stream, { salt: true, tokenIds: false, usage: false }), stream);
  });

  it('passes errors, comments, other events and what is damaged', () => {
    const odd = [
      ': keep-alive\n\n',
      'event: note\ndata: {"choices":[]}\n\n',
      'data: {"error":{"message":"It broke.","code":500}}\n\n',
      'data: {"choices":\n\n',
      'data: {"choices":[{"delta":{"content":"\\r"}}],"token_ids":1.50}\r\n\r\n',
      'data: [DONE]\n\ndata: without an end',
    ].join('');
    const [opening = ''] = streamOf(GENERATIONS['text'] ?? [], { ids: false, usage: false });
    assert.equal(shown(opening + odd, ALL), opening + odd.replace('1.50', 'null'));
  });

  it('is the same where events have comments, other fields, or data in several lines', () => {
    const written = (ids: boolean) =>
      streamOf(GENERATIONS['text'] ?? [], { ids, usage: ids }).map((event, at) => {
        if (!event.startsWith('data: {')) return event;
        const split = at === 1 ? event.replace('{', '{\ndata: ') : event;
        return `: ping {\nid: ${at}\n${split.slice(0, -1)}event: chunk\n\n`;
      });
    const direct = written(false);
    const got = shown(written(true).join(''), ALL);
    assert.equal(got, direct.join(''));
  });

  it('passes as it comes after an event that is larger than any, and is held no longer', () => {
    const chunks: unknown[] = [];
    const answer = new StreamedAnswer(ALL, (chunk) => chunks.push(chunk));
    const large = Buffer.from(`data: ${'x'.repeat(17 * 1024 * 1024)}`);
    assert.equal(answer.take(large).length, large.length);
    const after = Buffer.from('\n\ndata: {"choices":[],"token_ids":[1]}\n\n');
    assert.deepEqual(answer.take(after), after);
    assert.deepEqual([answer.end().length, chunks], [0, []]);
  });

  it('comes in time however large one event is, and in however small pieces', () => {
    const chunk = { choices: [{ index: 0, delta: { content: 'x'.repeat(8 * 1024 * 1024) } }] };
    const bytes = Buffer.from(`data: ${JSON.stringify(chunk)}\r\n\r\n`);
    const read: unknown[] = [];
    const answer = new StreamedAnswer(ALL, (value) => read.push(value));
    const startedAt = performance.now();
    const pieces = Array.from({ length: Math.ceil(bytes.length / 1024) }, (_, at) =>
      answer.take(bytes.subarray(at * 1024, (at + 1) * 1024)),
    );
    assert.ok(performance.now() - startedAt < 2_000); // By the square of its length it would be a minute.
    assert.ok(Buffer.concat(pieces).equals(bytes));
    assert.deepEqual(read, [chunk]);
  });

  it('is read from behind a byte order mark, which is passed on', () => {
    const bom = '\uFEFF';
    const direct = bom + streamOf(GENERATIONS['text'] ?? [], { ids: false, usage: false }).join('');
    const asked = bom + streamOf(GENERATIONS['text'] ?? [], { ids: true, usage: true }).join('');
    fc.assert(fc.property(fc.array(fc.nat(10)), (cuts) => assert.equal(shown(asked, ALL, cuts), direct)));
    const later = `: ping\n\n${bom}data: {"choices":[],"token_ids":[1]}\n\n`;
    assert.equal(shown(later, ALL), later); // There it is part of a name that nobody knows.
  });

  it('comes event by event: only what ends an answer waits for the next', () => {
    const events = streamOf(GENERATIONS['text'] ?? [], { ids: true, usage: true });
    const answer = new StreamedAnswer(ALL, () => undefined);
    const came = events.map((event) => answer.take(Buffer.from(event)).toString().split('\n\n').length - 1);
    assert.deepEqual(came, [1, 1, 1, 0, 1, 1]);
  });

  it('shows what waited when it breaks off', () => {
    const events = streamOf(GENERATIONS['text'] ?? [], { ids: true, usage: true }).slice(0, 4);
    assert.match(shown(events.join(''), ALL), /"finish_reason":"stop"[^\n]*\n\n$/);
  });

  it('gives the chunks as the server sent them to whoever keeps the turn', () => {
    const chunks: unknown[] = [];
    const answer = new StreamedAnswer(ALL, (chunk) => chunks.push(chunk));
    const events = streamOf(GENERATIONS['text'] ?? [], { ids: true, usage: true });
    answer.take(Buffer.from(events.join('')));
    assert.equal(chunks.length, events.length - 1);
    assert.deepEqual(Object(chunks[0]).prompt_token_ids, PROMPT_IDS);
    assert.deepEqual(Object(chunks[1]).choices[0].delta, { content: 'Frühling' });
  });
});
