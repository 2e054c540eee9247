import * as z from 'zod';
import { Stores } from '../../src/core/contexts/stores.ts';
import { noEndpoint } from '../../src/core/errors.ts';
import { idFactory } from '../../src/core/ids.ts';
import { nodeFiles } from '../../src/core/log/files.ts';
import { readIdentity } from '../../src/core/log/identity.ts';
import type { Connect } from '../../src/core/windows/reach.ts';
import {
  ContextOpener,
  ToolEnvironment,
  type ContextPlace,
  type OnText,
} from '../../src/tools/environment.ts';
import { allTools } from '../../src/tools/index.ts';
import { runTool } from '../../src/tools/runTool.ts';
import { engine, temporaryContext } from '../core/store/openStore.ts';

export interface ToolsOptions {
  readonly directory?: string;
  readonly allowed?: readonly string[];
  readonly connect?: Connect;
  /** Listens to answers, as a caller does that wants them piece by piece. */
  readonly onText?: OnText;
}

const opened: Stores[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((stores) => stores.close()));
});

const Failure = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    hint: z.string().optional(),
    currentVersion: z.number().optional(),
  }),
});

/** The tools over a real context, as any caller has them. */
export function openTools({
  directory = temporaryContext(),
  allowed = [],
  connect,
  onText,
}: ToolsOptions = {}) {
  const stores = new Stores({
    now: Date.now,
    engine: () => Promise.resolve(engine),
    snapshotScript: '',
    snapshotFailed: assertNone,
  });
  opened.push(stores);
  const opener = new ContextOpener({
    stores,
    now: Date.now,
    newId: idFactory(),
    connect: connect ?? (() => Promise.reject(noEndpoint())),
  });
  const environment = new ToolEnvironment({
    opener,
    own: () => Promise.resolve(placeOf(directory)),
    allowed: () => Promise.resolve(allowed.map(placeOf)),
    ...(onText === undefined ? {} : { onText }),
  });

  async function call(name: string, input: unknown, signal = new AbortController().signal) {
    const tool = allTools.find((each) => each.name === name);
    if (tool === undefined) throw new Error(`no tool ${name}`);
    return runTool(tool, input, environment, (error) => console.error(error), signal);
  }

  return {
    directory,
    environment,
    call,
    /** What the tool answers. @throws when it answers an error. */
    async answer(name: string, input: unknown): Promise<Record<string, unknown>> {
      const answer = await call(name, input);
      if (answer.isError) throw new Error(answer.texts.join());
      return answer.structuredContent;
    },
    /** The error that the tool answers. @throws when it does the work. */
    async refusal(name: string, input: unknown) {
      const answer = await call(name, input);
      if (!answer.isError) throw new Error(`${name} should have refused: ${answer.texts.join()}`);
      return { text: answer.texts.join(), ...Failure.parse(answer.structuredContent).error };
    },
  };
}

function placeOf(directory: string): ContextPlace {
  const identity = readIdentity(nodeFiles, directory);
  if (identity === undefined) throw new Error(`no context in ${directory}`);
  return { identity, directory };
}

function assertNone(cause: unknown): never {
  throw cause;
}
