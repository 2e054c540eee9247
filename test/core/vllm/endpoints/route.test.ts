import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { ANYTHING, route, type Candidate, type Wanted } from '../../../../src/core/vllm/endpoints/route.ts';

const A = 'http://a:8000';
const B = 'http://b:8000';

const served = (
  id: string,
  { root = null, maxModelLen = null }: { root?: string | null; maxModelLen?: number | null } = {},
) => ({
  id,
  root,
  maxModelLen,
});

const candidate = (endpoint: string, facts: Partial<Candidate> = {}): Candidate => ({
  endpoint,
  unusable: null,
  models: [served('llama')],
  load: 0,
  latencyMs: 5,
  ...facts,
});

const between = (a: Partial<Candidate>, b: Partial<Candidate>, wanted: Partial<Wanted> = {}) =>
  route([candidate(A, a), candidate(B, b)], { ...ANYTHING, ...wanted });

describe('the routing of a request', () => {
  it('goes to the endpoint that serves the model, however busy, and says so', () => {
    const chosen = between({ models: [served('qwen')] }, { load: 99 }, { model: 'llama', holders: [A] });
    assert.deepEqual(chosen, {
      endpoint: B,
      reason:
        `Of 2 endpoints ${B} was chosen: no other serves the model and can be asked. ` +
        `${A} was left out: it does not serve the model.`,
    });
  });

  it('knows a model by its weights: under another name, and not by the name alone', () => {
    const wanted = { model: 'llama', root: '/weights/llama' };
    const alias = { models: [served('renamed', { root: '/weights/llama' })] };
    const impostor = { models: [served('llama', { root: '/weights/other' })] };
    assert.equal(between(impostor, alias, wanted)?.endpoint, B);
    assert.equal(between(impostor, { models: [served('llama')] }, wanted)?.endpoint, B);
  });

  it('leaves out an endpoint that is too short for the prompt', () => {
    const short = { models: [served('llama', { maxModelLen: 1_000 })] };
    const long = { models: [served('llama', { maxModelLen: 1_001 })] };
    assert.equal(between(short, long, { tokens: 1_000 })?.endpoint, B);
    assert.equal(between(short, long, { tokens: 999 })?.endpoint, A);
  });

  it('asks one that does not serve the model when none does, so that it can say what it serves', () => {
    const chosen = between({ unusable: 'down' }, {}, { model: 'qwen' });
    assert.equal(chosen?.endpoint, B);
    assert.match(chosen?.reason ?? '', /no other can be asked, though it does not serve the model/);
  });

  it('goes where the blocks are, the latest holder first', () => {
    const busy = { load: 9, latencyMs: 900 };
    const chosen = between({}, busy, { holders: [B] });
    assert.equal(chosen?.endpoint, B);
    assert.match(chosen?.reason ?? '', /it is the one that had the blocks\.$/);
    const latest = between({}, busy, { holders: [B, A] });
    assert.equal(latest?.endpoint, B);
    assert.match(latest?.reason ?? '', /it was the last to have the blocks/);
  });

  it('passes over a holder that is much busier than another', () => {
    const chosen = between({ load: 3 }, { load: 20 }, { holders: [B] });
    assert.equal(chosen?.endpoint, A);
    assert.match(
      chosen?.reason ?? '',
      /has fewer requests \(3; http:\/\/b:8000 has 20\).*has the blocks, but 20 requests/,
    );
    assert.equal(between({ load: 3 }, { load: 19 }, { holders: [B] })?.endpoint, B);
    assert.equal(
      between({ load: 20 }, { load: 40 }, { holders: [B] })?.endpoint,
      B,
      'twice as much is not much',
    );
  });

  it('goes to the least loaded, and to the quickest of those alike', () => {
    const less = between({ load: 2, latencyMs: 1 }, { load: 1, latencyMs: 500 });
    assert.equal(less?.endpoint, B);
    assert.match(less?.reason ?? '', /it has fewer requests \(1; http:\/\/a:8000 has 2\)/);
    const faster = between({ latencyMs: 40 }, { latencyMs: 4 });
    assert.equal(faster?.endpoint, B);
    assert.match(faster?.reason ?? '', /it answers faster \(4 ms; http:\/\/a:8000 takes 40 ms\)/);
  });

  it('stays with the first named when the others are hardly faster', () => {
    const chosen = between({ latencyMs: 5 }, { latencyMs: 4.5 });
    assert.equal(chosen?.endpoint, A);
    assert.match(chosen?.reason ?? '', /named first/);
  });

  it('prefers an endpoint that says how it does to one that does not', () => {
    assert.equal(between({ load: null }, { load: 9 })?.endpoint, B);
    const silent = between({ models: null, load: null }, { load: 99 }, { holders: [A] });
    assert.equal(silent?.endpoint, B);
    assert.match(silent?.reason ?? '', /http:\/\/a:8000 does not answer at the moment/);
  });

  it('names what is wrong with those that cannot be asked, and finds none when that is all', () => {
    assert.match(
      between({ unusable: 'it is down' }, {})?.reason ?? '',
      /http:\/\/a:8000 was left out: it is down/,
    );
    assert.equal(between({ unusable: 'down' }, { unusable: 'down' }), undefined);
  });

  const anyCandidate = (endpoint: string): fc.Arbitrary<Candidate> =>
    fc.record({
      endpoint: fc.constant(endpoint),
      unusable: fc.constantFrom(null, null, 'down'),
      models: fc.constantFrom(null, [served('llama')], [served('qwen')]),
      load: fc.option(fc.nat({ max: 60 })),
      latencyMs: fc.option(fc.double({ min: 0.1, max: 1_000, noNaN: true })),
    });
  const anyField = fc.tuple(...[A, B, 'http://c:8000', 'http://d:8000'].map(anyCandidate));
  const anyHolders = fc.shuffledSubarray([A, B, 'http://c:8000']);

  it('never chooses what cannot be asked, nor another model where the right one is served', () => {
    fc.assert(
      fc.property(anyField, anyHolders, (field, holders) => {
        const chosen = route(field, { ...ANYTHING, model: 'llama', holders });
        const usable = field.filter(({ unusable }) => unusable === null);
        const right = usable.filter(({ models }) => models === null || models[0]?.id === 'llama');
        const allowed = right.length > 0 ? right : usable;
        assert.equal(chosen !== undefined, usable.length > 0);
        assert.ok(chosen === undefined || allowed.some(({ endpoint }) => endpoint === chosen.endpoint));
      }),
    );
  });

  it('depends on the order of the endpoints only where nothing else tells them apart', () => {
    fc.assert(
      fc.property(anyField, anyHolders, (field, holders) => {
        const wanted = { ...ANYTHING, model: 'llama', holders };
        const [one, other] = [route(field, wanted), route(field.toReversed(), wanted)];
        const byOrder = /named first/.test(one?.reason ?? '') || /named first/.test(other?.reason ?? '');
        assert.ok(byOrder || one?.endpoint === other?.endpoint);
      }),
    );
  });

  it('stays with its choice when the others get busier, unless it had passed over one that has the blocks', () => {
    fc.assert(
      fc.property(anyField, anyHolders, fc.nat({ max: 50 }), (field, holders, more) => {
        const wanted = { ...ANYTHING, model: 'llama', holders };
        const { endpoint: chosen, reason = '' } = route(field, wanted) ?? {};
        // Beside others that are as busy by now, that one is not too busy any more.
        fc.pre(!reason.includes('has the blocks, but'));
        const busier = field.map((each) =>
          each.endpoint === chosen || each.load === null ? each : { ...each, load: each.load + more },
        );
        assert.equal(route(busier, wanted)?.endpoint, chosen);
      }),
    );
  });
});
