import { autoFreezeCases } from './contract/autoFreeze.ts';
import { cacheCases } from './contract/cache.ts';
import { generationCases } from './contract/generation.ts';
import { identityCases } from './contract/identity.ts';
import { passThroughCases } from './contract/passThrough.ts';
import { refusalCases } from './contract/refusals.ts';
import { Subject, type Server } from './contract/subject.ts';
import { tokenizerCases } from './contract/tokenizer.ts';
import { windowCases } from './contract/windows.ts';

export type { Server };

/**
 * What a vLLM server does, as Permafrost relies on it: cases for the real one and for the stand-in alike. The
 * server is started once, with a key and with cached tokens in its answers.
 */
export function contract(start: () => Promise<Server>): void {
  let subject: Subject;
  before(async () => {
    subject = await Subject.meet(await start());
  });
  after(() => subject.server.close());

  const get = () => subject;
  identityCases(get);
  tokenizerCases(get);
  cacheCases(get);
  generationCases(get);
  refusalCases(get);
  windowCases(get);
  autoFreezeCases(get);
  passThroughCases(get);
}
