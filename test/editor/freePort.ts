import { once } from 'node:events';
import { createServer } from 'node:net';

/** The port if nothing on 127.0.0.1 holds it, else 0, which stands for any free one. */
export async function freePort(preferred: number): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(preferred, '127.0.0.1', resolve);
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return 0;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return preferred;
}
