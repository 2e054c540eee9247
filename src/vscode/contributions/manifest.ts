import type { Tool } from '../../tools/tool.ts';
import { chatContributions, modelProviderContributions } from './chat.ts';
import { commandContributions } from './commands.ts';
import { languageModelToolContributions } from './languageModelTools.ts';
import { SCHEME } from '../memories/memoryUri.ts';
import { WINDOW_SCHEME } from '../windows/windowUri.ts';
import { MCP_PROVIDER_ID } from './mcp.ts';
import { menuContributions } from './menus.ts';
import { REPORT_SCHEME } from './reports.ts';
import { restrictedSettings, settingContributions } from './settings.ts';
import { viewContributions } from './views.ts';

/** The parts of package.json that the editor reads, made from the data of this folder. */
export function manifest(tools: readonly Tool[]) {
  const { commands, palette } = commandContributions();
  return {
    engines: { vscode: '^1.104.0' },
    main: './dist/extension.js',
    icon: 'media/icon.png',
    categories: ['AI', 'Chat', 'Machine Learning'],
    keywords: ['memory', 'agent', 'mcp', 'vllm', 'context'],
    extensionKind: ['workspace'],
    // The editor restores documents before it has finished its start, and waits for the extension that this names.
    activationEvents: [
      'onStartupFinished',
      ...[SCHEME, WINDOW_SCHEME, REPORT_SCHEME].map((scheme) => `onFileSystem:${scheme}`),
    ],
    capabilities: {
      virtualWorkspaces: true,
      untrustedWorkspaces: {
        supported: 'limited',
        description: 'Until the folder is trusted, the vLLM server that its settings name is not used.',
        restrictedConfigurations: restrictedSettings(),
      },
    },
    contributes: {
      ...viewContributions,
      commands,
      ...menuContributions(palette),
      configuration: settingContributions(),
      languageModelTools: languageModelToolContributions(tools),
      mcpServerDefinitionProviders: [{ id: MCP_PROVIDER_ID, label: 'Permafrost' }],
      chatParticipants: chatContributions,
      languageModelChatProviders: modelProviderContributions,
    },
  };
}
