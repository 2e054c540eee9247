// node activateOnce.ts BUNDLE DIRECTORY
//
// Loads a bundled extension as the extension host does, with a stand-in for `vscode`, activates it once and prints the
// milliseconds that took, from `require` to the end of `activate`.

import { createRequire, registerHooks } from 'node:module';
import { context } from './vscodeStub.ts';

const [, , bundle = ''] = process.argv;
const stub = new URL('vscodeStub.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, asked, next) =>
    specifier === 'vscode' ? { url: stub, shortCircuit: true } : next(specifier, asked),
});
const require = createRequire(import.meta.url);
// The extension host of VS Code 1.139 has these loaded before any extension.
for (const name of ['child_process', 'crypto', 'http', 'net', 'zlib']) require(`node:${name}`);

const begun = performance.now();
await activate(require(bundle));
console.log(performance.now() - begun);
// The extension would go on for as long as the window does.
process.exit();

function activate(extension: unknown): unknown {
  const isExtension = typeof extension === 'object' && extension !== null && 'activate' in extension;
  if (!isExtension || typeof extension.activate !== 'function') throw new Error(`${bundle} is no extension`);
  return Reflect.apply(extension.activate, undefined, [context]);
}
