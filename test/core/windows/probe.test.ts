import assert from 'node:assert/strict';
import { probeDistance, probesAgree } from '../../../src/core/windows/probe.ts';

const probe = (...probabilities: number[]) =>
  probabilities.map((probability, tokenId) => ({ tokenId, logprob: Math.log(probability) }));

describe('probes', () => {
  it('agree when they differ by what rounding does', () => {
    assert.equal(probesAgree(probe(0.6, 0.3, 0.05), probe(0.65, 0.26, 0.05)), true);
  });

  it('disagree when a likely token became much less likely, or another took its place', () => {
    assert.equal(probesAgree(probe(0.6, 0.3), probe(0.3, 0.6)), false);
    assert.equal(
      probesAgree(probe(0.9, 0.05), [{ tokenId: 7, logprob: Math.log(0.9) }, ...probe(0.05)]),
      false,
    );
  });

  it('do not care for tokens that hardly ever come', () => {
    assert.equal(probesAgree(probe(0.97, 0.009), probe(0.97, 0.0001)), true);
  });

  it('are as far apart as the token that moved most', () => {
    assert.ok(Math.abs(probeDistance(probe(0.5, 0.4), probe(0.5, 0.2)) - Math.LN2) < 1e-9);
  });
});
