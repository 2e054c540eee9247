import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  type PathLike,
} from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { folderAt, folderOf, NO_FOLDER } from '../../../src/core/contexts/folder.ts';
import { homeDirectory, requireDirectory, requireHome } from '../../../src/core/contexts/home.ts';
import { ContextRegistry } from '../../../src/core/contexts/registry.ts';
import type { PermafrostError } from '../../../src/core/errors.ts';
import { idFactory } from '../../../src/core/ids.ts';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { temporaryDirectory } from '../store/openStore.ts';

const code = (expected: string) => (error: PermafrostError) => error.code === expected;

function openRegistry(home = temporaryDirectory()) {
  return {
    home,
    registry: new ContextRegistry(home, { files: nodeFiles, now: Date.now, newId: idFactory() }),
  };
}

function registryNames(home: string): string[] {
  const directory = path.join(home, 'registry');
  return existsSync(directory) ? readdirSync(directory) : [];
}

describe('the registry of contexts', () => {
  it('makes a context the first time a folder is seen, and gives that one from then on', () => {
    const { registry, home } = openRegistry();
    const folder = folderAt(temporaryDirectory(), 'a test');
    assert.equal(registry.find(folder), undefined);
    const first = registry.contextOf(folder, path.join(home, 'contexts'));
    const elsewhere = temporaryDirectory();
    assert.deepEqual(registry.contextOf(folder, elsewhere), first);
    assert.deepEqual(readdirSync(elsewhere), []);
    assert.equal(first.identity.folder, folder.uri);
    assert.equal(first.identity.name, folder.name);
  });

  it('gives two processes that see a folder at once the same context, and leaves no other behind', () => {
    const { home } = openRegistry();
    const folder = folderAt(temporaryDirectory(), 'a test');
    const place = path.join(home, 'contexts');
    const other = openRegistry(home).registry;
    let raced = false;
    const files = {
      ...nodeFiles,
      linkSync: (from: PathLike, to: PathLike) => {
        if (path.basename(path.dirname(String(to))) === 'registry' && !raced) {
          raced = true;
          other.contextOf(folder, place);
        }
        nodeFiles.linkSync(from, to);
      },
    };
    const slow = new ContextRegistry(home, { files, now: Date.now, newId: idFactory() });
    assert.deepEqual(slow.contextOf(folder, place), other.find(folder));
    assert.ok(raced);
    assert.equal(readdirSync(place).length, 1);
  });

  it('never gives two folders one context, and the user another than any folder', () => {
    const { registry, home } = openRegistry();
    const place = path.join(home, 'contexts');
    const folders = [folderAt(temporaryDirectory(), 'a'), folderAt(temporaryDirectory(), 'b'), NO_FOLDER];
    const ids = folders.map((folder) => registry.contextOf(folder, place).identity.id);
    assert.equal(new Set(ids).size, 3);
    assert.equal(registry.all().length, 3);
  });

  it('never gives a folder the context of another whose entry was copied over its own', () => {
    const { registry, home } = openRegistry();
    const folders = [folderAt(temporaryDirectory(), 'a'), folderAt(temporaryDirectory(), 'b')] as const;
    const entries = folders.map((folder) => {
      const before = new Set(registryNames(home));
      registry.contextOf(folder, path.join(home, 'contexts'));
      return registryNames(home).find((name) => !before.has(name)) ?? '';
    });
    const [from = '', to = ''] = entries.map((name) => path.join(home, 'registry', name));
    cpSync(from, to);
    assert.throws(() => registry.find(folders[1]), code('PF-4003'));
  });

  it('knows a folder by every path and URI that leads to it', () => {
    const directory = temporaryDirectory();
    const link = path.join(temporaryDirectory(), 'link');
    symlinkSync(directory, link);
    const { uri } = folderAt(directory, 'a test');
    assert.equal(folderAt(`${link}${path.sep}`, 'a test').uri, uri);
    assert.equal(folderOf(pathToFileURL(link).href, 'x').uri, uri);
    assert.equal(folderOf('vscode-vfs://host/folder', 'x').uri, 'vscode-vfs://host/folder');
  });

  it('says that a context is gone rather than begin an empty one', () => {
    const { registry, home } = openRegistry();
    const folder = folderAt(temporaryDirectory(), 'a test');
    const { directory } = registry.contextOf(folder, path.join(home, 'contexts'));
    rmSync(directory, { recursive: true });
    assert.throws(() => registry.contextOf(folder, path.join(home, 'contexts')), code('PF-4008'));
    assert.equal(readdirSync(path.join(home, 'contexts')).length, 0);
  });

  it('moves and is copied with its home, and the copy is a context of its own', () => {
    const { registry, home } = openRegistry();
    const folder = folderAt(temporaryDirectory(), 'a test');
    registry.contextOf(folder, path.join(home, 'contexts'));
    const copy = path.join(temporaryDirectory(), 'copy');
    cpSync(home, copy, { recursive: true });
    const found = openRegistry(copy).registry.find(folder);
    assert.equal(path.dirname(found?.directory ?? ''), path.join(copy, 'contexts'));
  });

  it('lists what can be read when another entry is damaged', () => {
    const { registry, home } = openRegistry();
    const [one, two] = [folderAt(temporaryDirectory(), 'a test'), folderAt(temporaryDirectory(), 'a test')];
    const { identity } = registry.contextOf(one, path.join(home, 'contexts'));
    const damaged = registry.contextOf(two, path.join(home, 'contexts'));
    writeFileSync(path.join(damaged.directory, 'context.json'), 'x');
    assert.deepEqual(
      registry.all().map((context) => context.identity),
      [identity],
    );
  });

  it('refuses a file in the place of a folder', () => {
    const file = path.join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    assert.throws(() => folderAt(file, 'a test'), code('PF-4002'));
  });

  it('names a damaged entry', () => {
    const { registry, home } = openRegistry();
    const folder = folderAt(temporaryDirectory(), 'a test');
    registry.contextOf(folder, path.join(home, 'contexts'));
    const [entry] = readdirSync(path.join(home, 'registry'));
    writeFileSync(path.join(home, 'registry', entry ?? ''), 'x');
    assert.throws(
      () => registry.find(folder),
      (error: PermafrostError) => error.code === 'PF-4003' && error.message.includes(entry ?? '?'),
    );
  });
});

describe('the home directory', () => {
  it('is PERMAFROST_HOME when that is set', () => {
    assert.equal(homeDirectory({ PERMAFROST_HOME: '/somewhere' }), path.resolve('/somewhere'));
    assert.equal(path.basename(homeDirectory({})), '.permafrost');
  });

  it('is made when its parent is there, and is an error otherwise', () => {
    const parent = temporaryDirectory();
    requireHome(nodeFiles, path.join(parent, 'home'), 'PERMAFROST_HOME');
    assert.deepEqual(readdirSync(parent), ['home']);
    assert.throws(
      () => requireHome(nodeFiles, path.join(parent, 'not', 'there'), 'PERMAFROST_HOME'),
      (error: PermafrostError) => error.code === 'PF-4001' && error.message.includes('PERMAFROST_HOME'),
    );
  });

  it('has to be a directory that can be written', () => {
    const parent = temporaryDirectory();
    const file = path.join(parent, 'file');
    writeFileSync(file, '');
    assert.throws(() => requireHome(nodeFiles, file, 'a test'), code('PF-4002'));
    assert.throws(() => requireDirectory(nodeFiles, path.join(parent, 'missing'), 'a test'), code('PF-4001'));
    const files = {
      ...nodeFiles,
      openSync: () => {
        throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
      },
    };
    mkdirSync(path.join(parent, 'directory'));
    assert.throws(() => requireDirectory(files, path.join(parent, 'directory'), 'a test'), code('PF-4002'));
    assert.deepEqual(readdirSync(path.join(parent, 'directory')), []);
  });
});
