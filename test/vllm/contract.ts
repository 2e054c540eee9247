import { autoFreezeCases } from './contract/autoFreeze.ts';
import { blockHashCases } from './contract/blockHashes.ts';
import { cacheCases } from './contract/cache.ts';
import { changeCases } from './contract/changes.ts';
import { generationCases } from './contract/generation.ts';
import { identityCases } from './contract/identity.ts';
import { passThroughCases } from './contract/passThrough.ts';
import { refusalCases } from './contract/refusals.ts';
import { restartCases } from './contract/restarts.ts';
import { Subject, type Start } from './contract/subject.ts';
import { tokenizerCases } from './contract/tokenizer.ts';
import { twoEndpointCases } from './contract/twoEndpoints.ts';
import { unwellCases } from './contract/unwell.ts';
import { windowCases } from './contract/windows.ts';

/**
 * What a vLLM server does, as Permafrost relies on it, and what freezing and thawing make of that: cases for the real
 * one and for the stand-in alike. Servers are started with a key and with cached tokens in their answers. Most cases
 * share one; those that need another kind of server start it.
 */
export function contract(start: Start): void {
  let subject: Subject;
  before(async () => {
    subject = await Subject.meet(await start());
  });
  after(() => subject.server.close());

  const get = () => subject;
  identityCases(get);
  tokenizerCases(get);
  cacheCases(get);
  blockHashCases(get);
  generationCases(get);
  refusalCases(get);
  windowCases(get);
  autoFreezeCases(get);
  passThroughCases(get);
  unwellCases(get);
  changeCases(get, start);
  twoEndpointCases(get, start);
  restartCases(get, start); // at the end, since it kills the shared one
}
