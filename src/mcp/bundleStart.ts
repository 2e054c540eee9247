// Where dist/mcp-server.js begins: it runs the server (src/mcp/main.ts and all below it), which is a text in this file,
// so that V8 need not compile it at every start. Run from source, the server begins at main.ts at once.
//
// What is done here for the time until the first answer, and how much of 138 ms each saves:
// what V8 compiled is kept for the next start 20, the budget 18, the growth factor 4.

import * as path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { homeDirectory } from '../core/contexts/home.ts';
import { compileKept } from './codeCache.ts';

// esbuild.mjs puts these in.
declare const SERVER: string;
declare const SQLITE: string;

// V8 optimises a function of SQLite a hundred times later than by itself, after some tenths of a second of its work:
// at the start that costs the other threads 40 ms and 20 MB, and what it brings later is a tenth of a query.
setFlagsFromString('--wasm-tiering-budget=1300000000');
// The space for new objects grows from 1 to 16 MB at once, instead of being collected at 1, 2, 4 and 8.
setFlagsFromString('--semi-space-growth-factor=16');

const { script, keep } = compileKept(SERVER, `${__filename}:server`, path.join(homeDirectory(), 'cache'));
const run: unknown = script.runInThisContext();
if (typeof run === 'function') run(require, __filename, __dirname, { sqlite: SQLITE, keepCompiled: keep });
