import type * as z from 'zod';

/** A refusal in vLLM's form. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** What vLLM refuses itself: {"error": {message, type, param, code}}. */
export function badRequest(message: string, param: string | null = null, value?: number): ApiError {
  const facts = value === undefined ? '' : `, value=${value}`;
  const whole = param === null ? message : `${message} (parameter=${param}${facts})`;
  return vllmError(400, 'BadRequestError', whole, param);
}

export function unknownModel(model: string, served: string): ApiError {
  const message = `The model \`${model}\` does not exist. Valid aliases: ${served}.`;
  return vllmError(404, 'NotFoundError', message, 'model');
}

export function tooLong(maxModelLen: number, promptTokens: number): ApiError {
  return badRequest(
    `This model's maximum context length is ${maxModelLen} tokens. However, your prompt contains ${promptTokens} ` +
      'input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the ' +
      'input prompt.',
    'input_tokens',
    promptTokens,
  );
}

/** What is refused for its form, which vLLM leaves to pydantic. */
export function invalidForm(error: z.ZodError, body: unknown): ApiError {
  const lines = error.issues.map((issue) => `  ${describeIssue(issue, body)}`);
  const head = `${lines.length} validation error${lines.length === 1 ? '' : 's'}:`;
  const first = error.issues[0];
  return vllmError(400, 'Bad Request', [head, ...lines].join('\n'), first ? location(first.path) : null);
}

function describeIssue({ path, message }: z.core.$ZodIssue, body: unknown): string {
  const value = valueAt(body, path);
  const missing = value === undefined;
  const [type, said] = missing ? ['missing', 'Field required'] : ['value_error', message];
  const input = summary(missing ? valueAt(body, path.slice(0, -1)) : value);
  return `{'type': '${type}', 'loc': '${location(path)}', 'msg': '${said}', 'input': '${input}'}`;
}

function location(path: readonly PropertyKey[]): string {
  return ['body', ...path.map(String)].join('.');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || typeof value !== 'object' || value === null) return value;
  return valueAt(Reflect.get(value, key), rest);
}

function summary(value: unknown): string {
  if (Array.isArray(value)) return `<list of ${value.length} items>`;
  if (typeof value === 'object' && value !== null) return `<dict of ${Object.keys(value).length} items>`;
  return String(value);
}

/** What the web framework says by itself. */
export const notFound = () => new ApiError(404, { detail: 'Not Found' });
export const methodNotAllowed = () => new ApiError(405, { detail: 'Method Not Allowed' });
export const unauthorized = () => new ApiError(401, { error: 'Unauthorized' });

export function vllmError(
  code: number,
  type: string,
  message: string,
  param: string | null = null,
): ApiError {
  return new ApiError(code, { error: { message, type, param, code } });
}
