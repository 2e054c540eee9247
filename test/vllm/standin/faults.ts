import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What a stand-in does instead of answering well. */
export type Fault =
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'html'; readonly status?: number }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'wrongJson' }
  | { readonly kind: 'notJson' }
  | { readonly kind: 'redirect'; readonly to: string }
  /** Answers well, but later. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Streams begin well, and stop after some events: closed, silent, or with an error event. */
  | { readonly kind: 'streamReset' | 'streamHang' | 'streamError' | 'streamGarbage'; readonly after: number };

export interface FaultScope {
  /** Only at this path. */
  readonly path?: string;
  /** Only that many times. */
  readonly times?: number;
}

/** The fault of the moment. */
export class Faults {
  #fault: Fault | undefined;
  #path: string | undefined;
  #left = Infinity;

  set(fault: Fault, { path, times = Infinity }: FaultScope = {}): void {
    this.#fault = fault;
    this.#path = path;
    this.#left = times;
  }

  clear(): void {
    this.#fault = undefined;
  }

  /** The fault for a request at this path, if there is one. */
  take(path: string): Fault | undefined {
    if (this.#fault === undefined || this.#left <= 0) return undefined;
    if (this.#path !== undefined && this.#path !== path) return undefined;
    this.#left--;
    return this.#fault;
  }
}

const PAGE = '<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please log in.</body></html>';

/** Does what the fault says; whether the request is done with. */
export async function commit(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'hang':
      return true;
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
    case 'html':
      return answer(response, fault.status ?? 200, 'text/html', PAGE);
    case 'status':
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
      return answer(response, fault.status, 'application/json', errorBody(fault.status));
    case 'wrongJson':
      return answer(response, 200, 'application/json', '{"hello":"world"}');
    case 'notJson':
      return answer(response, 200, 'application/json', '{"hello":');
    case 'redirect':
      response.setHeader('location', fault.to);
      return answer(response, 307, 'text/plain', '');
    case 'slow':
      await delay(fault.ms);
      return false;
    default:
      return false; // faults of streams come later
  }
}

/** Does what a fault of streams says, after that many events; whether the stream is done with. */
export function commitInStream(fault: Fault | undefined, sent: number, response: ServerResponse): boolean {
  if (fault === undefined || !('after' in fault) || sent < fault.after) return false;
  if (fault.kind === 'streamReset') response.socket?.end(); // after what was sent, which a reset would discard
  if (fault.kind === 'streamError') response.end(`data: ${errorBody(500)}\n\ndata: [DONE]\n\n`);
  if (fault.kind === 'streamGarbage') response.end('data: {"choices":\n\n');
  return true;
}

function answer(response: ServerResponse, status: number, type: string, body: string): true {
  response.writeHead(status, { 'content-type': type }).end(body);
  return true;
}

function errorBody(status: number): string {
  return JSON.stringify({
    error: {
      message: 'The stand-in was told to fail.',
      type: 'InternalServerError',
      param: null,
      code: status,
    },
  });
}
