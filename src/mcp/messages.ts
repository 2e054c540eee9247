import { isUtf8 } from 'node:buffer';
import { ErrorCode, JSONRPCMessageSchema, RequestIdSchema } from '@modelcontextprotocol/sdk/types.js';
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { parseLargeJson } from './largeJson.ts';
import type { Line } from './lines.ts';

/** A JSON-RPC 2.0 error as it is answered when there is no request to answer by the usual way. */
export interface Refusal {
  readonly jsonrpc: '2.0';
  /** null when what came in does not tell which request it was. */
  readonly id: RequestId | null;
  readonly error: { readonly code: number; readonly message: string };
}

export type Incoming =
  | { readonly kind: 'message'; readonly message: JSONRPCMessage }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** A longer line says something, if only that it is not JSON. */
const LONGEST_BLANK = 10_000;

export function refusal(id: RequestId | null, code: number, message: string): Refusal {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

/** What a line says: messages, or the error to answer it with. A blank line says nothing. */
export function readLine(line: Line): Incoming[] {
  if (line.kind === 'tooLong') {
    return [refused(idInPart(line.head, line.tail), ErrorCode.InvalidRequest, 'The request is too large.')];
  }
  if (!isUtf8(line.bytes)) return [refused(null, ErrorCode.ParseError, 'The line is not UTF-8.')];
  if (isBlank(line.bytes)) return [];
  const parsed = parseJson(line.bytes);
  if (!parsed.ok) return [refused(null, ErrorCode.ParseError, `The line is not JSON: ${parsed.why}`)];
  // Clients of protocol 2025-03-26 may send several in an array; each is answered by itself.
  return Array.isArray(parsed.value) && parsed.value.length > 0
    ? parsed.value.map(readMessage)
    : [readMessage(parsed.value)];
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length < LONGEST_BLANK && bytes.toString().trim() === '';
}

function parseJson(bytes: Buffer): { ok: true; value: unknown } | { ok: false; why: string } {
  try {
    return { ok: true, value: parseLargeJson(bytes) };
  } catch (cause) {
    return { ok: false, why: cause instanceof Error ? cause.message : String(cause) };
  }
}

function readMessage(value: unknown): Incoming {
  const message = JSONRPCMessageSchema.safeParse(value);
  if (message.success) return { kind: 'message', message: message.data };
  const id =
    typeof value === 'object' && value !== null && 'id' in value
      ? RequestIdSchema.safeParse(value.id)
      : undefined;
  return refused(
    id?.success ? id.data : null,
    ErrorCode.InvalidRequest,
    'This is not a JSON-RPC 2.0 message.',
  );
}

/** The id of a request of which only the ends are known: clients write it first or last. */
function idInPart(head: string, tail: string): RequestId | null {
  const found =
    /"id"\s*:\s*(-?\d+|"[^"\\]*")\s*\}\s*$/.exec(tail) ??
    /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(-?\d+|"[^"\\]*")/.exec(head);
  return found?.[1] === undefined ? null : RequestIdSchema.parse(JSON.parse(found[1]));
}

function refused(id: RequestId | null, code: number, message: string): Incoming {
  return { kind: 'refused', refusal: refusal(id, code, message) };
}
