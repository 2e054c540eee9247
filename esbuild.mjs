// Builds what is shipped into dist/:
//
//   extension.js      what the editor loads at its start; `vscode` comes from the editor
//   engine.js         the rest of the extension, loaded at its first use
//   sql-wasm.wasm     SQLite for it
//   mcp-server.js     the MCP server: one file with nothing beside it, SQLite inside
//   LICENSES.txt      the licences of what is bundled
//
// node esbuild.mjs [--outdir DIR] [--only mcp-server.js] [--metafile]: the latter lists the largest inputs of each
// bundle.

import { build } from 'esbuild';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

const { values } = parseArgs({
  options: {
    outdir: { type: 'string', default: 'dist' },
    only: { type: 'string' },
    metafile: { type: 'boolean', default: false },
  },
});
const root = import.meta.dirname;
const dist = path.resolve(root, values.outdir);
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const wasm = path.join(root, 'node_modules/sql.js/dist/sql-wasm.wasm');

const KB = 1024;

/** The most bytes that each file may have. One that grows beyond fails the build: look why before raising it. */
const BUDGETS = {
  'extension.js': 40 * KB,
  'engine.js': 880 * KB, // of them 270 for undici, as below
  'mcp-server.js': 1720 * KB,
  'sql-wasm.wasm': 700 * KB,
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

/**
 * Of undici, what src/core/vllm/endpoints/connections.ts uses, which is half of it; and its parser once: the second
 * build of it, for processors with SIMD, is faster at nothing that is measurable here.
 */
const partOfUndici = {
  name: 'part-of-undici',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'part' }));
    onLoad({ filter: /^undici$/, namespace: 'part' }, () => ({
      contents: `module.exports = {
          fetch: require('undici/lib/web/fetch/index.js').fetch,
          Pool: require('undici/lib/dispatcher/pool.js'),
        };`,
      resolveDir: root,
    }));
    onResolve({ filter: /\/llhttp_simd-wasm\.js$/ }, ({ resolveDir }) => ({
      path: path.join(resolveDir, '../llhttp/llhttp-wasm.js'),
    }));
  },
};

/** What the server's bundle holds in the place of other modules. */
const serverModules = {
  name: 'server-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/assets\.ts$/ }, () => ({ path: 'assets', namespace: 'inside' }));
    onResolve({ filter: /\/validation\/ajv-provider\.js$/ }, () => ({
      path: 'validator',
      namespace: 'inside',
    }));
    // The SDK would check what people fill in with Ajv (130 KB); this server never asks for anything.
    onLoad({ filter: /^validator$/, namespace: 'inside' }, () => ({
      contents: 'export class AjvJsonSchemaValidator {}',
    }));
    // For src/mcp/assets.ts: what src/mcp/bundleStart.ts passes on, and the bundle as the script that makes snapshots.
    onLoad({ filter: /^assets$/, namespace: 'inside' }, () => ({
      contents: `export const assets = {
          version: ${JSON.stringify(version)},
          wasm: () => Buffer.from(bundle.sqlite, 'base64'),
          keepCompiled: bundle.keepCompiled,
          snapshotScript: __filename,
        };`,
    }));
  },
};

/** Keeps the engine out of what the editor loads at its start: by `require`, for `vscode` is found by no other way. */
const engineApart = {
  name: 'engine-apart',
  setup({ onResolve }) {
    onResolve({ filter: /\/engine\.ts$/ }, () => ({ path: './engine.js', external: true }));
  },
};

/** How each file is built; every one gives the results that it is made of. */
const BUNDLES = {
  'extension.js': async (outfile) => [
    await build({
      ...shared,
      entryPoints: ['src/vscode/extension.ts'],
      external: ['vscode'],
      plugins: [engineApart],
      supported: { 'dynamic-import': false },
      outfile,
    }),
  ],
  'engine.js': async (outfile) => [
    await build({
      ...shared,
      entryPoints: ['src/vscode/engine.ts'],
      external: ['vscode'],
      plugins: [partOfUndici],
      outfile,
    }),
  ],
  'mcp-server.js': buildServer,
};

/** The server is a text in the file that starts it: src/mcp/bundleStart.ts says why. */
async function buildServer(outfile) {
  const server = await build({
    ...shared,
    entryPoints: ['src/mcp/main.ts'],
    plugins: [serverModules, partOfUndici],
    supported: { 'dynamic-import': false }, // `import()` knows no way out of a text; `require` is passed in.
    outfile,
    write: false,
  });
  const start = await build({
    ...shared,
    entryPoints: ['src/mcp/bundleStart.ts'],
    define: {
      SERVER: JSON.stringify(
        `(function(require,__filename,__dirname,bundle){${server.outputFiles[0].text}})`,
      ),
      SQLITE: JSON.stringify(fs.readFileSync(wasm, 'base64')),
    },
    banner: { js: '#!/usr/bin/env node' },
    outfile,
  });
  return [server, start];
}

/** Builds all that is wanted to its end, so that every error is seen; esbuild itself prints them. */
async function buildAll() {
  const wanted = Object.entries(BUNDLES).filter(
    ([output]) => values.only === undefined || output === values.only,
  );
  const built = await Promise.allSettled(wanted.map(([output, bundle]) => bundle(path.join(dist, output))));
  if (built.length === 0)
    throw new Error(`--only takes ${Object.keys(BUNDLES).join(' or ')}, not ${values.only}`);
  return built.every(({ status }) => status === 'fulfilled')
    ? built.flatMap(({ value }) => value)
    : undefined;
}

/** The licence text of every package that an output holds something of. */
function licences(results) {
  const used = results
    .flatMap(({ metafile }) => Object.values(metafile.outputs))
    .flatMap(({ inputs }) => Object.entries(inputs));
  const packages = new Set(
    used.filter(([, { bytesInOutput }]) => bytesInOutput > 0).flatMap(([file]) => packageOf(file) ?? []),
  );
  return [...packages, 'node_modules/sql.js']
    .toSorted((a, b) => a.localeCompare(b))
    .filter((name, at, all) => all.indexOf(name) === at)
    .map(licence)
    .join('\n');
}

function packageOf(file) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

function licence(directory) {
  const {
    name,
    version: is,
    license,
  } = JSON.parse(fs.readFileSync(path.join(root, directory, 'package.json'), 'utf8'));
  const file = fs.readdirSync(path.join(root, directory)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : fs.readFileSync(path.join(root, directory, file), 'utf8').trim();
  return `${'='.repeat(80)}\n${name} ${is} (${license})\n\n${text}\n`;
}

function checkBudgets() {
  const sizes = Object.entries(BUDGETS)
    .map(([file, budget]) => ({
      file,
      budget,
      bytes: fs.statSync(path.join(dist, file), { throwIfNoEntry: false })?.size,
    }))
    .filter(({ bytes }) => bytes !== undefined);
  for (const { file, bytes, budget } of sizes) {
    const zipped = gzipSync(fs.readFileSync(path.join(dist, file))).length;
    console.log(`${file}: ${inKb(bytes)} of ${inKb(budget)}, ${inKb(zipped)} zipped`);
  }
  const over = sizes.filter(({ bytes, budget }) => bytes > budget);
  for (const { file, bytes, budget } of over) {
    console.error(
      `${file} is ${bytes - budget} bytes over its budget of ${budget}: see what grew with --metafile.`,
    );
  }
  return over.length === 0;
}

function inKb(bytes) {
  return `${Math.round(bytes / KB)} KB`;
}

function largestInputs({ metafile }) {
  for (const [output, { inputs }] of Object.entries(metafile.outputs)) {
    const sums = new Map();
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const from = packageOf(file) ?? file.replace(/^(src\/[^/]+).*/, '$1');
      sums.set(from, (sums.get(from) ?? 0) + bytesInOutput);
    }
    console.log(`\n${output}`);
    for (const [from, bytes] of [...sums].toSorted(([, a], [, b]) => b - a).slice(0, 20))
      console.log(`  ${inKb(bytes).padStart(8)}  ${from}`);
  }
}

fs.mkdirSync(dist, { recursive: true });
const results = await buildAll();
if (results === undefined) process.exit(1);
if (values.only !== 'mcp-server.js') fs.copyFileSync(wasm, path.join(dist, 'sql-wasm.wasm'));
fs.writeFileSync(path.join(dist, 'package.json'), '{"type":"commonjs"}\n');
fs.writeFileSync(path.join(dist, 'LICENSES.txt'), licences(results));
if (values.only !== 'extension.js') fs.chmodSync(path.join(dist, 'mcp-server.js'), 0o755);
if (values.metafile) results.forEach(largestInputs);
if (!checkBudgets()) process.exitCode = 1;
