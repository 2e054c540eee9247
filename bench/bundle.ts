import { build } from 'esbuild';

/** Bundles a yardstick as esbuild.mjs bundles what is shipped, so that the comparison is fair. */
export async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minify: true,
    external: ['vscode'],
    logLevel: 'warning',
  });
}
