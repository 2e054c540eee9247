import type { ServedModel } from '../client.ts';

/** One endpoint, as far as it is known when a request is to be sent. */
export interface Candidate {
  /** The base address. */
  readonly endpoint: string;
  /** Why nothing is sent to it now, in words; null when something may be. */
  readonly unusable: string | null;
  /** Null when it did not say in time. */
  readonly models: readonly ServedModel[] | null;
  /** Requests that it is working on or that wait there; null when it does not tell. */
  readonly load: number | null;
  /** What its answers to small questions take, in milliseconds on average; null when none came yet. */
  readonly latencyMs: number | null;
}

/** What is to be sent. Null is what does not matter, or is not known. */
export interface Wanted {
  readonly model: string | null;
  /** Where the model's weights were loaded from: its name may have changed since, or be another one's now. */
  readonly root: string | null;
  /** Tokens of the prompt. */
  readonly tokens: number | null;
  /** Base addresses of the endpoints that were seen to have the prompt's blocks, the latest first. */
  readonly holders: readonly string[];
}

export const ANYTHING: Wanted = { model: null, root: null, tokens: null, holders: [] };

export interface Route {
  readonly endpoint: string;
  /** Why this one, in a sentence. */
  readonly reason: string;
}

/**
 * Which endpoint is to get a request, and why; undefined when none can. Those that do not serve the model are out,
 * unless all are: then the one that is asked says best what is wrong. Of the others one that holds the blocks comes
 * first, unless it is much busier than another; then the least loaded; then the quickest; then the first one named.
 *
 * That is the order of vLLM's production-stack (session and prefix before load) and of llm-d's scorers (prefix
 * cache, then queue); that a holder is passed over when it is much busier is from SGLang's cache-aware policy.
 */
export function route(candidates: readonly Candidate[], wanted: Wanted): Route | undefined {
  const usable = candidates.filter(({ unusable }) => unusable === null);
  const serving = usable.filter((candidate) => serves(candidate, wanted));
  const field = serving.length === 0 ? usable : serving;
  const compared = comparisons(field, wanted);
  const [best, second] = field.toSorted((a, b) => compare(compared, a, b));
  if (best === undefined) return undefined;
  const why = second === undefined ? alone(best, serving, candidates) : decisive(compared, best, second);
  const others = candidates.filter((candidate) => !field.includes(candidate));
  const sentences = [
    `${candidates.length === 1 ? '' : `Of ${candidates.length} endpoints `}${best.endpoint} was chosen: ${why}.`,
    ...others.map(
      ({ endpoint, unusable }) =>
        `${endpoint} was left out: ${unusable?.replace(/\.$/, '') ?? 'it does not serve the model'}.`,
    ),
    ...passedOver(field, best, wanted),
  ];
  return { endpoint: best.endpoint, reason: sentences.join(' ') };
}

function serves({ models }: Candidate, { model, root, tokens }: Wanted): boolean {
  if (models === null) return true; // nobody knows, so it is worth asking
  const served = models.filter(
    (each) =>
      (model === null || each.id === model || (root !== null && each.root === root)) &&
      (root === null || each.root === null || each.root === root),
  );
  return served.some(({ maxModelLen }) => tokens === null || maxModelLen === null || tokens < maxModelLen);
}

/** One criterion: the smaller rank is better, and `why` says what made the better one better. */
interface Comparison {
  readonly rank: (candidate: Candidate) => number;
  readonly why: (better: Candidate, other: Candidate) => string;
}

function comparisons(field: readonly Candidate[], { holders }: Wanted): readonly Comparison[] {
  const holds = (candidate: Candidate) => {
    const at = holders.indexOf(candidate.endpoint);
    return at < 0 || isMuchBusier(candidate, field) ? Infinity : at;
  };
  return [
    {
      rank: ({ models, load }) => (models === null && load === null ? 1 : 0),
      why: (_, other) => `${other.endpoint} does not answer at the moment`,
    },
    {
      rank: holds,
      why: (_, other) =>
        holders.includes(other.endpoint)
          ? 'it was the last to have the blocks'
          : 'it is the one that had the blocks',
    },
    {
      rank: ({ load }) => load ?? Infinity,
      why: (better, other) => `it has fewer requests (${load(better)}; ${other.endpoint} has ${load(other)})`,
    },
    {
      rank: ({ latencyMs }) => magnitude(latencyMs),
      why: (better, other) =>
        `it answers faster (${latency(better)}; ${other.endpoint} takes ${latency(other)})`,
    },
  ];
}

function compare(criteria: readonly Comparison[], a: Candidate, b: Candidate): number {
  const found = criteria.find(({ rank }) => rank(a) !== rank(b));
  return found === undefined ? 0 : found.rank(a) - found.rank(b);
}

function decisive(criteria: readonly Comparison[], best: Candidate, second: Candidate): string {
  const found = criteria.find(({ rank }) => rank(best) !== rank(second));
  return found?.why(best, second) ?? 'it is named first, and nothing speaks for another';
}

function alone(best: Candidate, serving: readonly Candidate[], candidates: readonly Candidate[]): string {
  if (candidates.length === 1) return 'no other is left';
  return serving.includes(best)
    ? 'no other serves the model and can be asked'
    : 'no other can be asked, though it does not serve the model';
}

function passedOver(field: readonly Candidate[], best: Candidate, { holders }: Wanted): string[] {
  return field
    .filter((other) => other !== best && holders.includes(other.endpoint) && isMuchBusier(other, field))
    .map((other) => `${other.endpoint} has the blocks, but ${load(other)} requests to work on.`);
}

const MUCH_BUSIER = { by: 16, times: 2 };

/** Whether computing the blocks again elsewhere is likely to be done before this one comes to it. */
function isMuchBusier({ load: mine }: Candidate, field: readonly Candidate[]): boolean {
  const least = Math.min(...field.map(({ load: theirs }) => theirs ?? Infinity));
  return mine !== null && mine > least + MUCH_BUSIER.by && mine > least * MUCH_BUSIER.times;
}

/** Latencies that differ by less than twice are no difference: they would only make requests wander. */
function magnitude(latencyMs: number | null): number {
  return latencyMs === null ? Infinity : Math.round(Math.log2(Math.max(1, latencyMs)));
}

const load = (candidate: Candidate) =>
  candidate.load === null ? 'does not say how many' : `${candidate.load}`;
const latency = ({ latencyMs }: Candidate) =>
  latencyMs === null ? 'unknown' : `${Math.round(latencyMs)} ms`;
