import type { ToolEnvironment } from '../tools/environment.ts';

const INTERVAL_MS = 1000;

export interface ChangeListener {
  readonly changed: () => void;
  /** The context cannot be read at the moment; calls say why. */
  readonly failed: (cause: unknown) => void;
}

/**
 * Calls `changed` when any process has committed to the context since the last look, at most once a second.
 * A look is one question to the file system.
 * @returns what ends it
 */
export function watchContext(environment: ToolEnvironment, { changed, failed }: ChangeListener): () => void {
  let seen: number | undefined;
  const look = async (): Promise<void> => {
    const { store } = await environment.context(undefined, 'read');
    const position = store.read(() => store.position);
    if (seen !== undefined && seen !== position) changed();
    seen = position;
  };
  const tryLook = (): void => void look().catch(failed);
  const timer = setInterval(tryLook, INTERVAL_MS);
  timer.unref();
  tryLook();
  return () => clearInterval(timer);
}
