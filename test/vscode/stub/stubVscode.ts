import { registerHooks } from 'node:module';

const stub = new URL('vscode.ts', import.meta.url).href;

/** Gives the stub for `vscode` to whatever is imported dynamically after this. */
export function stubVscode(): void {
  registerHooks({
    resolve: (specifier, asked, next) =>
      specifier === 'vscode' ? { url: stub, shortCircuit: true } : next(specifier, asked),
  });
}
