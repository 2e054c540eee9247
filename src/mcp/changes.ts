import type { ToolEnvironment } from '../tools/environment.ts';

const INTERVAL_MS = 1000;

export interface ChangeListener {
  readonly changed: () => void;
  /** The context cannot be read at the moment; calls say why. */
  readonly failed: (cause: unknown) => void;
}

/**
 * Calls `changed` when any process has committed to the context since the last look, at most once a second.
 * A look is a question or two to the file system, and does not keep the context in memory.
 * @returns what ends it
 */
export function watchContext(environment: ToolEnvironment, { changed, failed }: ChangeListener): () => void {
  let seen: string | undefined;
  const look = async (): Promise<void> => {
    const { store } = await environment.context(undefined, 'read');
    const found = store.look();
    if (seen !== undefined && seen !== found) changed();
    seen = found;
  };
  const tryLook = (): void => void look().catch(failed);
  const timer = setInterval(tryLook, INTERVAL_MS);
  timer.unref();
  tryLook();
  return () => clearInterval(timer);
}
