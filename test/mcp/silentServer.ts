import { once } from 'node:events';
import { createServer } from 'node:net';

/** A server that takes requests and never answers: whoever asks it waits. */
export interface SilentServer {
  readonly url: string;
  /** Resolves when somebody waits. */
  readonly asked: Promise<unknown>;
  close(): void;
}

export async function startSilentServer(): Promise<SilentServer> {
  const server = createServer((socket) => socket.on('error', () => undefined)); // the client may leave rudely
  const asked = once(server, 'connection');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, asked, close: () => void server.close() };
}
