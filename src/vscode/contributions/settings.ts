interface SettingContribution {
  readonly type: 'string' | 'array' | 'integer' | 'boolean';
  readonly default: string | number | boolean | readonly string[];
  /** Who may set it: `machine-overridable` a folder too, `machine` the person alone. */
  readonly scope: 'machine' | 'machine-overridable';
  readonly markdownDescription: string;
  readonly items?: { readonly type: 'string' };
  readonly uniqueItems?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Every setting by its full name. */
export const settings = {
  'permafrost.vllm.endpoint': {
    type: 'string',
    default: '',
    scope: 'machine-overridable',
    markdownDescription:
      'Address of the vLLM server that freezes and thaws windows and answers `@permafrost`, like `http://127.0.0.1:8000`. ' +
      'When it comes from the settings of a folder, Permafrost asks you once before it sends anything there; a folder that ' +
      'you do not trust cannot set it. A key is set with the command *Permafrost: Set vLLM API Key*.',
  },
  'permafrost.vllm.endpoints': {
    type: 'array',
    default: [],
    items: { type: 'string' },
    uniqueItems: true,
    scope: 'machine-overridable',
    markdownDescription:
      'Addresses of several vLLM servers, in the order of preference. Each request goes to the one that suits best: that serves ' +
      'the model, has the blocks of the conversation, is least busy and answers fastest; one that fails is left alone for a ' +
      'moment. `#permafrost.vllm.endpoint#` is the short form for a single server, and does not count when this is set. ' +
      'Everything said there holds for each of them: consent and key go by the origin.',
  },
  'permafrost.vllm.model': {
    type: 'string',
    default: '',
    scope: 'machine-overridable',
    markdownDescription:
      'Model that `@permafrost` and new conversations use, by the id that the server lists. Empty: the first one it serves.',
  },
  'permafrost.vllm.hashSeed': {
    type: 'string',
    default: '',
    scope: 'machine-overridable',
    markdownDescription:
      'The `PYTHONHASHSEED` that the vLLM server runs with, if it has one. No server tells it, and the block hashes that a ' +
      'frozen window keeps depend on it; freezing and thawing do not. Empty: none.',
  },
  'permafrost.sessions.expireAfterDays': {
    type: 'integer',
    default: 30,
    minimum: 0,
    maximum: 36_500,
    scope: 'machine',
    markdownDescription:
      'A conversation in which nothing was said for so many days is over, and after as many days again it is deleted with all ' +
      'that was said in it. Never one that is frozen or that a window was made of, an archived one included. This happens when ' +
      'another conversation begins or a window is thawed. `0`: never.',
  },
  'permafrost.sessions.record': {
    type: 'boolean',
    default: true,
    scope: 'machine',
    markdownDescription:
      'Keep conversations with the models that Permafrost puts into the model picker as sessions, in the context of the ' +
      'folder on this machine, so that they can be frozen with their exact tokens. Off: nothing of them is kept. Those with ' +
      '`@permafrost` are kept either way, for it goes on in them.',
  },
  'permafrost.storage.directory': {
    type: 'string',
    default: '',
    scope: 'machine',
    markdownDescription:
      'An existing directory in which the contexts of new folders are made, on a disk of this machine. Empty: the storage ' +
      'that the editor gives the workspace, or `contexts` in `PERMAFROST_HOME` if that is set. A folder that has a context ' +
      'keeps it where it is.',
  },
  'permafrost.contexts.allowed': {
    type: 'array',
    default: [],
    items: { type: 'string' },
    uniqueItems: true,
    scope: 'machine',
    markdownDescription:
      'Contexts of other folders that tools may read from here, by name or id (the tool `context_list` and *Permafrost: Show ' +
      'Context Info* tell them). They are never written to.',
  },
} as const satisfies Record<string, SettingContribution>;

export type SettingName = keyof typeof settings;

/** `contributes.configuration`. */
export function settingContributions() {
  const all: [string, SettingContribution][] = Object.entries(settings);
  const properties = all.map(([name, setting], order) => [name, { ...setting, order }] as const);
  return { title: 'Permafrost', properties: Object.fromEntries(properties) };
}

/** Settings that a folder may set only when the person trusts it. */
export function restrictedSettings(): string[] {
  const all: [string, SettingContribution][] = Object.entries(settings);
  return all.flatMap(([name, { scope }]) => (scope === 'machine-overridable' ? [name] : []));
}
