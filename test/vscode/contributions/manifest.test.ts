import assert from 'node:assert/strict';
import { allTools } from '../../../src/tools/index.ts';
import { manifest } from '../../../src/vscode/contributions/manifest.ts';

const { contributes, capabilities } = manifest(allTools);
const ids = new Set(contributes.commands.map(({ command }) => command));

describe('what the extension declares', () => {
  it('has no command in a menu that is not declared', () => {
    const items = Object.values(contributes.menus).flat();
    const unknown = items.flatMap((item) =>
      'command' in item && !ids.has(item.command) ? [item.command] : [],
    );
    assert.deepEqual(unknown, []);
  });

  it('links to commands that exist from its welcome texts', () => {
    const links = contributes.viewsWelcome.flatMap(({ contents }) => [
      ...contents.matchAll(/command:(permafrost\.\w+)/g),
    ]);
    assert.ok(links.length > 0);
    for (const [, command = ''] of links) assert.ok(ids.has(command), command);
  });

  it('gives every icon button an icon', () => {
    const icons = new Map(contributes.commands.map(({ command, ...rest }) => [command, 'icon' in rest]));
    for (const item of [...contributes.menus['view/title'], ...contributes.menus['view/item/context']]) {
      if ('command' in item && /^(navigation|inline)/.test(item.group))
        assert.ok(icons.get(item.command), item.command);
    }
  });

  it('lets no untrusted folder name a server', () => {
    assert.ok(capabilities.untrustedWorkspaces.restrictedConfigurations.includes('permafrost.vllm.endpoint'));
  });

  it('names each tool as the editor takes it, with a schema that refuses unknown fields', () => {
    for (const tool of contributes.languageModelTools) {
      assert.match(tool.name, /^permafrost_[a-z_]+$/);
      assert.match(tool.toolReferenceName, /^[a-z][A-Za-z]+$/);
      assert.equal(tool.inputSchema['additionalProperties'], false, tool.name);
    }
  });
});
