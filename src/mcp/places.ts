import * as path from 'node:path';
import { invalidInput } from '../core/errors.ts';
import { folderAt } from '../core/contexts/folder.ts';
import { homeDirectory, requireDirectory, requireHome } from '../core/contexts/home.ts';
import { ContextRegistry } from '../core/contexts/registry.ts';
import { contextIn } from '../core/contexts/stores.ts';
import { makeDirectory, nodeFiles, usable } from '../core/log/files.ts';
import { readIdentity } from '../core/log/identity.ts';
import type { ContextPlace } from '../tools/environment.ts';
import type { Place } from './options.ts';

export interface Clock {
  readonly now: () => number;
  readonly newId: () => string;
}

/**
 * The context that this process is about; it is made when there is none.
 * @param mayWrite whether its directory has to be one that can be written
 * @throws PF-4xxx when a directory is not there or cannot be used: never another place instead.
 */
export function ownPlace(place: Place, clock: Clock, mayWrite = true): ContextPlace {
  const there = mayWrite ? undefined : placeThere(place, clock);
  return there ?? (place.kind === 'context' ? inDirectory(place, clock) : ofFolder(place, clock));
}

/** The context if there is one, by reading alone. */
function placeThere(place: Place, clock: Clock): ContextPlace | undefined {
  if (place.kind === 'folder')
    return registryIn(homeDirectory(), clock).find(folderAt(place.directory, place.from));
  const root = path.resolve(place.directory);
  const identity = usable(root, () => readIdentity(nodeFiles, root));
  return identity && { directory: root, identity };
}

function inDirectory({ directory, from }: Place, { now, newId }: Clock): ContextPlace {
  const root = path.resolve(directory);
  usable(root, () => makeDirectory(nodeFiles, root));
  requireDirectory(nodeFiles, root, from);
  const createdAt = new Date(now()).toISOString();
  return {
    directory: root,
    identity: contextIn(root, { id: newId(), name: path.basename(root) || 'context', createdAt }),
  };
}

function ofFolder({ directory, from }: Place, clock: Clock): ContextPlace {
  const folder = folderAt(directory, from);
  const home = homeDirectory();
  requireHome(nodeFiles, home, 'PERMAFROST_HOME');
  return registryIn(home, clock).contextOf(folder, path.join(home, 'contexts'));
}

/** The registered contexts of these names or ids. @throws PF-1001 when one is not registered. */
export function allowedPlaces(named: readonly string[], clock: Clock): readonly ContextPlace[] {
  if (named.length === 0) return [];
  const registered = registryIn(homeDirectory(), clock).all();
  const isIt = (name: string) => (place: ContextPlace) =>
    place.identity.id === name || place.identity.name === name;
  for (const name of named) {
    if (registered.some(isIt(name))) continue;
    const known = registered.map(({ identity }) => identity.name).join(', ') || 'none';
    throw invalidInput(`--allow-context: there is no registered context "${name}".`, `Registered: ${known}.`);
  }
  return registered.filter((place) => named.some((name) => isIt(name)(place)));
}

function registryIn(home: string, clock: Clock): ContextRegistry {
  return new ContextRegistry(home, { files: nodeFiles, ...clock });
}
