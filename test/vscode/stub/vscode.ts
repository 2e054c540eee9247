// As much of the `vscode` module as the parts need that tests run without an editor. The real one is in test/editor.

export * from './types.ts';
export * from './workbench.ts';
