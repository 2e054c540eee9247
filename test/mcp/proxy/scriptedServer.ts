import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Server } from 'node:net';
import * as z from 'zod';
import { streamOf, wholeOf, type Step } from './vllmAnswers.ts';

const Body = z.looseObject({
  stream: z.union([z.boolean(), z.literal('true').transform(() => true)]).optional(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  return_token_ids: z.boolean().nullish(),
  cache_salt: z.string().nullish(),
});

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that writes what it was told to, in the words of vLLM. */
export interface ScriptedServer {
  readonly url: string;
  readonly received: Received[];
  /** What it writes next. */
  steps: readonly Step[];
  /** Fields that it refuses, as servers do that are not vLLM. */
  refused: readonly string[];
  /** Ends at once, whatever is under way. */
  close(): Promise<void>;
}

export async function startScripted(steps: readonly Step[] = []): Promise<ScriptedServer> {
  const http = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '', headers } = request;
      scripted.received.push({ method, url, headers, body });
      if (!url.startsWith('/v1/chat/completions')) {
        response.writeHead(418, 'Short And Stout', ['X-Pot', 'tea', 'x-pot', 'more', 'Set-Cookie', 'a=1']);
        return response.end(Buffer.from([0, 255, 13, 10]));
      }
      const asked = Body.parse(JSON.parse(body));
      const unknown = scripted.refused.find((field) => field in asked);
      if (unknown !== undefined) {
        const message = `Unrecognized request argument supplied: ${unknown}`;
        response.writeHead(400, { 'content-type': 'application/json' });
        return response.end(
          JSON.stringify({ error: { message, type: 'invalid_request_error', code: null } }),
        );
      }
      const wanted = {
        ids: asked.return_token_ids === true,
        usage: asked.stream_options?.include_usage === true,
      };
      const type = asked.stream === true ? 'text/event-stream; charset=utf-8' : 'application/json';
      response.writeHead(200, { 'content-type': type });
      return response.end(
        asked.stream === true ? streamOf(scripted.steps, wanted).join('') : wholeOf(scripted.steps, wanted),
      );
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const scripted: ScriptedServer = {
    url: addressOf(http),
    received: [],
    steps,
    refused: [],
    close: () => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
  return scripted;
}

/** The address of a server that listens on this machine. */
export function addressOf(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it does not listen');
  return `http://127.0.0.1:${address.port}`;
}
