import type { Generation } from '../vllm/generation.ts';
import type { Probe } from './window.ts';

/** How many of the likeliest next tokens a probe has. */
export const PROBE_TOKENS = 5;

/**
 * How far two log-probabilities of the same token may be apart, in nats. bfloat16 has 8 significant bits, so logits
 * of 16 to 32 move by 0.06 to 0.13 with the order of summation, which differs between a cold and a warm cache.
 */
const TOLERANCE = 0.25;

/** Tokens that are less likely than this (1 %) say more about rounding than about the context. */
const RELEVANT = Math.log(0.01);

/** The probe that a generation with `logprobs` answers; null when the server does not name tokens by id. */
export function probeOf({ logprobs }: Generation): Probe | null {
  const top = logprobs[0]?.top ?? [];
  const told =
    top.length > 0 &&
    top.every(({ tokenId, logprob }) => Number.isInteger(tokenId) && Number.isFinite(logprob));
  return told ? top : null;
}

/** The largest difference between two probes, in nats, over the tokens that matter in either of them. */
export function probeDistance(a: Probe, b: Probe): number {
  return Math.max(...farthest(a, b), ...farthest(b, a), 0);
}

export function probesAgree(a: Probe, b: Probe): boolean {
  return probeDistance(a, b) <= TOLERANCE;
}

function farthest(from: Probe, to: Probe): number[] {
  const known = new Map(to.map(({ tokenId, logprob }) => [tokenId, logprob]));
  // A token that is missing is less likely than the last one that is there.
  const least = Math.min(...to.map(({ logprob }) => logprob));
  return from
    .filter(({ logprob }) => logprob >= RELEVANT)
    .map(({ tokenId, logprob }) => {
      const other = known.get(tokenId);
      return other === undefined ? Math.max(0, logprob - least) : Math.abs(logprob - other);
    });
}
