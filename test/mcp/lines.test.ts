import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { LineSplitter, type Line } from '../../src/mcp/lines.ts';
import { readLine } from '../../src/mcp/messages.ts';

function split(limit: number, chunks: readonly Buffer[]): Line[] {
  const splitter = new LineSplitter(limit);
  const lines: Line[] = [];
  const take = (line: Line): unknown =>
    lines.push(line.kind === 'whole' ? { ...line, bytes: Buffer.copyBytesFrom(line.bytes) } : line);
  for (const chunk of chunks) for (const line of splitter.push(chunk)) take(line);
  for (const line of splitter.end()) take(line);
  return lines;
}

describe('LineSplitter', () => {
  it('gives the same lines however the bytes arrive', () => {
    const text = fc.array(fc.constantFrom('a', 'é', '🧊', '\n')).map((characters) => characters.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(7)), (whole, sizes) => {
        const bytes = Buffer.from(whole);
        const chunks: Buffer[] = [];
        let from = 0;
        for (const size of sizes) chunks.push(bytes.subarray(from, (from += size)));
        chunks.push(bytes.subarray(from));
        const lines = split(1000, chunks).map((line) =>
          line.kind === 'whole' ? Buffer.from(line.bytes).toString() : '',
        );
        const expected = whole.split('\n');
        if (expected.at(-1) === '') expected.pop();
        assert.deepEqual(lines, expected);
      }),
    );
  });

  it('keeps only the ends of a line beyond the limit, and reads on after it', () => {
    const long = `{"id":1,${'x'.repeat(50_000)}"end":2}`;
    const chunks = `${long}\nnext\n`.match(/.{1,700}|\n/g)?.map((chunk) => Buffer.from(chunk)) ?? [];
    const [first, second] = split(10_000, chunks);
    assert.ok(first?.kind === 'tooLong' && second?.kind === 'whole');
    assert.ok(first.head.startsWith('{"id":1,xx') && first.head.length <= 1024);
    assert.ok(first.tail.endsWith('xx"end":2}') && first.tail.length <= 1024);
    assert.equal(Buffer.from(second.bytes).toString(), 'next');
  });
});

describe('A request that is too large', () => {
  const filling = 'x'.repeat(5000);
  const forms: [string, string, number | string | null][] = [
    ['first', `{"jsonrpc":"2.0","id":17,"method":"m","params":{"a":"${filling}"}}`, 17],
    ['last', `{"method":"m","params":{"a":"${filling}"},"jsonrpc":"2.0","id":"last-1"}`, 'last-1'],
    ['nowhere near an end', `{"method":"m","params":{"a":"${filling}"},"id":3,"more":"${filling}"}`, null],
  ];
  for (const [where, line, id] of forms) {
    it(`is refused with ${id === null ? 'no id' : 'its id'} when that is ${where}`, () => {
      const incoming = split(4000, [Buffer.from(`${line}\n`)]).flatMap(readLine);
      const refused = { jsonrpc: '2.0', id, error: { code: -32600, message: 'The request is too large.' } };
      assert.deepEqual(incoming, [{ kind: 'refused', refusal: refused }]);
    });
  }
});
