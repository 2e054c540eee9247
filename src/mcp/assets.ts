// What the server needs beside its code, when it runs from source. In the bundle, `esbuild.mjs` puts another module
// in the place of this one that holds the same: the bundle is one file with nothing beside it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const Manifest = z.object({ version: z.string() });

const readHere = (file: string) => readFileSync(new URL(file, import.meta.url));

export const assets = {
  version: Manifest.parse(JSON.parse(readHere('../../package.json').toString('utf8'))).version,
  /** SQLite as WebAssembly. */
  wasm: (): Uint8Array => readFileSync(fileURLToPath(import.meta.resolve('sql.js/dist/sql-wasm.wasm'))),
  /** Keeps what V8 has compiled for the next start: for the bundle, see bundleStart.ts. */
  keepCompiled: (): void => undefined,
  /** The script that makes snapshots: this process's own. */
  snapshotScript: fileURLToPath(new URL('main.ts', import.meta.url)),
};
