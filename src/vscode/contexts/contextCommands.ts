import * as vscode from 'vscode';
import { asPermafrostError } from '../../core/errors.ts';
import { statisticsOf } from '../../core/store/statistics.ts';
import type { McpLauncher } from '../tools/mcpLauncher.ts';
import { mcpConfiguration } from '../tools/mcpLaunch.ts';
import type { Reports } from '../views/reports.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import type { ActiveScope } from './activeScope.ts';
import { contextReport } from './contextReport.ts';
import type { Contexts } from './contexts.ts';
import { currentScopes, type Scope } from './scope.ts';

export interface ContextCommandsOptions {
  readonly contexts: Contexts;
  readonly active: ActiveScope;
  readonly connections: VllmConnections;
  readonly mcp: McpLauncher;
  readonly reports: Reports;
}

/** The commands on contexts. */
export class ContextCommands {
  readonly #options: ContextCommandsOptions;

  constructor(options: ContextCommandsOptions) {
    this.#options = options;
  }

  /** Chooses the folder that views, tools and commands are about. */
  readonly switch = async (): Promise<void> => {
    const { active } = this.#options;
    const { chosen } = active;
    const picks: (vscode.QuickPickItem & { scope?: Scope })[] = [
      { label: 'Follow the Active Editor', description: chosen === undefined ? 'current' : '' },
      ...currentScopes().map((scope) => ({
        label: scope.name,
        description: scope.uri === chosen ? 'current' : (scope.folder?.uri.fsPath ?? ''),
        iconPath: new vscode.ThemeIcon('root-folder'),
        scope,
      })),
    ];
    const picked = await vscode.window.showQuickPick(picks, { title: 'Switch Context' });
    if (picked !== undefined) await active.choose(picked.scope);
  };

  readonly showInfo = async (): Promise<void> => {
    const { contexts, reports } = this.#options;
    const context = await contexts.open();
    const statistics = statisticsOf(context.store, Date.now());
    const others = (await contexts.environment.contexts()).slice(1).map(({ place }) => place.identity);
    const facts = { context, statistics, server: this.#server(), readable: others };
    await reports.show(`Context ${context.identity.name}`, contextReport(facts));
  };

  /** For the configuration file of another MCP client on this machine. */
  readonly copyMcpConfiguration = async (): Promise<void> => {
    const { contexts, mcp, connections } = this.#options;
    const own = connections.choices(contexts.scope).filter(({ namedByFolder }) => !namedByFolder);
    const endpoints = own.map(({ endpoint }) => endpoint);
    await vscode.env.clipboard.writeText(mcpConfiguration({ ...mcp.facts(contexts.scope), endpoints }));
    void vscode.window.showInformationMessage(
      'Copied the configuration of the MCP server for this folder. It needs Node 22.15 or newer.',
    );
  };

  #server(): string {
    try {
      const choices = this.#options.connections.choices(this.#options.contexts.scope);
      if (choices.length === 0) return 'none is set (permafrost.vllm.endpoint)';
      return choices
        .map(({ endpoint, namedByFolder }) =>
          namedByFolder ? `${endpoint}, named by the settings of this folder` : endpoint,
        )
        .join('; ');
    } catch (thrown) {
      return asPermafrostError(thrown).sentence;
    }
  }
}
