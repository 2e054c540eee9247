import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A server that answers as soon as it is told to, and closes without reading on, as some do with what is too large. */
export interface HastyServer {
  readonly url: string;
  /** Resolves when it has seen the beginning of a request. */
  seen(): Promise<void>;
  /** Returns when the answer is sent and the connection is closed: nothing of it was read here by then. */
  answerAndClose(): void;
  close(): Promise<unknown>;
}

/** In a thread of its own, so that it can close while this one holds still. */
const SERVER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const answer = 'HTTP/1.1 413 Too Large\\r\\ncontent-length: 8\\r\\nconnection: close\\r\\n\\r\\ntoo much';
  const server = require('node:net').createServer((socket) => {
    socket.once('data', () => {
      socket.pause();
      parentPort.once('message', () => socket.write(answer, () => socket.resetAndDestroy()));
      parentPort.postMessage('seen');
    });
    socket.once('close', () => {
      Atomics.store(workerData, 0, 1);
      Atomics.notify(workerData, 0);
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

export async function startHasty(): Promise<HastyServer> {
  const closed = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(SERVER, { eval: true, workerData: closed });
  const [port]: unknown[] = await once(worker, 'message');
  const seen = once(worker, 'message');
  return {
    url: `http://127.0.0.1:${String(port)}`,
    seen: async () => void (await seen),
    answerAndClose: () => {
      worker.postMessage('now');
      Atomics.wait(closed, 0, 0);
    },
    close: () => worker.terminate(),
  };
}
