// node openOnce.ts TURN CONTESTANT
//
// Opens a store that is there, searches it once and prints the milliseconds that both took: loading SQLite is part of
// it, loading the code that does it is not.

// oxlint-disable-next-line import/no-unassigned-import -- as the server and the extension do, before any schema is made
import '../../src/core/schemas.ts';
import * as z from 'zod';
import { argumentsGiven } from '../argumentsGiven.ts';
import { Contestant, openContestant, readMaterial, scattered } from './contestant.ts';

const [turn, contestant] = z.tuple([z.int(), Contestant]).parse(argumentsGiven());
const query = scattered(readMaterial(contestant).queries, turn);

const begun = performance.now();
const engine = await openContestant(contestant);
const hits = engine.search(query, 10);
const milliseconds = performance.now() - begun;

if (hits.length === 0) throw new Error(`nothing was found for "${query}"`);
console.log(milliseconds);
await engine.close();
