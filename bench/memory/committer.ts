// Forked with a CONTESTANT: stores one more memory at each message and answers with its id. Begins with a message of
// its own when it is ready, and ends when its parent lets go of it.

import * as z from 'zod';
import { argumentsGiven } from '../argumentsGiven.ts';
import { Contestant, openContestant, readMaterial, scattered } from './contestant.ts';

const [contestant] = z.tuple([Contestant]).parse(argumentsGiven());
const { fresh } = readMaterial(contestant);
const engine = await openContestant(contestant);
let turn = 0;

process.on('message', () => process.send?.(engine.create([scattered(fresh, turn++)])[0]));
process.once('disconnect', () => void engine.close());
process.send?.('ready');
