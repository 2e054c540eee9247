import assert from 'node:assert/strict';
import { asJson, asMarkdown, record, type Report } from '../../bench/report.ts';
import { resultBeside, resultOf } from '../../bench/result.ts';

const report: Report = {
  date: '2026-11-20T12:00:00.000Z',
  machine: {
    cpu: 'some',
    cores: 2,
    memoryGb: 4,
    load: 0,
    system: 'Linux',
    node: '24.0.0',
    sqlite: '3.50.0',
    fileSystem: 'ext4',
  },
  results: [
    resultBeside({ name: 'fast', n: 1_000, unit: 'ms', goals: [{ of: 'p50 ratio', atMost: 0.5 }] }, 'other', {
      subject: [1],
      rival: [4],
    }),
    resultOf({ name: 'few', n: 400, unit: 'memories', goals: [{ of: 'p50', atLeast: 400 }] }, [399]),
  ],
};

describe('a report of the benchmarks', () => {
  it('is one line for programs, with what is missing as null', () => {
    const line = asJson(report);
    assert.doesNotMatch(line, /\n/);
    assert.deepEqual(JSON.parse(line).results, [
      {
        name: 'fast',
        n: 1_000,
        unit: 'ms',
        p50: 1,
        p95: 1,
        yardstick: { name: 'other', p50: 4, p95: 4 },
        ratio: 0.25,
        goals: [{ of: 'p50 ratio', atMost: 0.5 }],
        missed: [],
      },
      {
        name: 'few',
        n: 400,
        unit: 'memories',
        p50: 399,
        p95: 399,
        yardstick: null,
        ratio: null,
        goals: [{ of: 'p50', atLeast: 400 }],
        missed: [{ of: 'p50', atLeast: 400 }],
      },
    ]);
  });

  it('names what is missed, and what was reached instead', () => {
    const text = asMarkdown(report);
    assert.match(text, /Missed:\n\n- few, 400: p50 at least 400, reached 399$/);
    assert.match(
      text,
      /^\| few +\| +400 \| memories \| +399 \| +399 \| +\| +\| +\| +\| p50 at least 400 +\|$/m,
    );
  });

  it('takes the place of the one before in a document', () => {
    const document = 'above\n<!-- outcome -->\n\nold\n\n<!-- end of outcome -->\nbelow';
    const expected = 'above\n<!-- outcome -->\n\nnew\n\n<!-- end of outcome -->\nbelow';
    assert.equal(record(document, 'new'), expected);
    assert.throws(() => record('nothing is marked', 'new'));
  });
});
