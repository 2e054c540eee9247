import { idFactory } from '../../../../src/core/ids.ts';
import type { Store } from '../../../../src/core/store/store.ts';
import type { Connect } from '../../../../src/core/windows/reach.ts';
import { Windows } from '../../../../src/core/windows/windows.ts';
import type { Standin } from '../../../vllm/standin/server.ts';
import { openStore } from '../../store/openStore.ts';
import { clientOf, conversation, standinFor, to } from '../openWindows.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 20);
/** Six turns of `conversation` fill 75 % of it, one does not. */
export const MAX_MODEL_LEN = 697;

/** A clock that stands still until it is put forward. */
function clockAt(at = START) {
  const clock = { at, now: () => clock.at, forward: (minutes: number) => (clock.at += minutes * MINUTE) };
  return clock;
}

export function processOf(store: Store, now: () => number, connect: Connect): Windows {
  return new Windows({ store, now, newId: idFactory(), connect });
}

/** A context with auto-freeze on. */
export async function openAutoFreeze() {
  const standin = await standinFor({ maxModelLen: MAX_MODEL_LEN });
  const clock = clockAt();
  const store = openStore();
  const windows = processOf(store, clock.now, to(standin));
  windows.autoFreeze.configure({ enabled: true });
  return { standin, clock, store, windows };
}

/** Has so many turns with the server, as a client does that keeps the ids which it read and wrote. */
export async function talk(
  windows: Windows,
  standin: Standin,
  turns: number,
  sessionId?: string,
): Promise<string> {
  const client = await clientOf(standin);
  const messages = conversation(turns);
  const prompt = { model: standin.model, messages, addGenerationPrompt: false };
  const { tokens } = await client.tokenize(prompt);
  const turn = { messages, tokenIds: tokens };
  if (sessionId === undefined)
    return windows.sessions.start({ model: standin.model, endpoint: client.endpoint }, turn).id;
  windows.sessions.recordTurn(windows.sessions.get(sessionId), turn);
  return sessionId;
}

export const names = (windows: Windows) => windows.list({ limit: 99 }).windows.map(({ name }) => name);
export const checkAll = async (windows: Windows) => (await windows.autoFreeze.pages())({ limit: 99 });
export const kindsOf = async (windows: Windows) =>
  (await checkAll(windows)).decisions.map(({ kind }) => kind);
