// oxlint-disable no-underscore-dangle -- so Node names the parts of a stream that are there to be overridden
import type { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import { errnoOf } from '../../core/errors.ts';

/**
 * Has all connections of an agent read on when nothing more can be written. A server that does not want all of a request
 * answers and closes, as many do with one that is too large; the next write then fails, upon which Node would destroy
 * the connection with the answer unread.
 */
export function patient<A extends Agent>(agent: A): A {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, made) => {
    const socket = connect(options, made);
    if (socket !== null && socket !== undefined) readOn(socket);
    return socket;
  };
  return agent;
}

/** Takes what was written in vain for written: that the connection is closed, reading tells, after what was still sent. */
function readOn(socket: Duplex): void {
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, (error) => done(unlessClosed(error)));
  const writeAll = socket._writev?.bind(socket);
  if (writeAll !== undefined)
    socket._writev = (chunks, done) => writeAll(chunks, (error) => done(unlessClosed(error)));
}

function unlessClosed(error: Error | null | undefined): Error | null | undefined {
  return isClosed(error) ? null : error;
}

/** Whether something failed because the other side has closed the connection. */
export function isClosed(thrown: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes(errnoOf(thrown) ?? '');
}
