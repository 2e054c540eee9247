import { settings } from '../../src/vscode/contributions/settings.ts';

const SCOPES = {
  machine: 'you alone, in your user or remote settings',
  'machine-overridable': 'you, or a folder that you trust',
} as const;

/** `docs/settings.md`, made from the declarations of the settings. */
export function settingsReference(): string {
  const sections = Object.entries(settings).map(
    ([name, { scope, default: standard, markdownDescription }]) =>
      `## \`${name}\`\n\n${markdownDescription}\n\nDefault: \`${JSON.stringify(standard)}\`. Set by ${SCOPES[scope]}.\n`,
  );
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

const INTRODUCTION = `# Settings

<!-- Made from src/vscode/contributions/settings.ts by test/generated.test.ts: change that file, not this page. -->

Beside these, the environment variable \`PERMAFROST_HOME\` moves the registry of contexts, which is \`.permafrost\` in your
home directory otherwise.
`;
