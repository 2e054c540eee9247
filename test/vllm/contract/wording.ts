/** A request that is refused, and the answer to it in full. */
interface Wording {
  readonly name: string;
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: (model: string) => unknown;
  readonly answer: (model: string) => { readonly status: number; readonly body: unknown };
}

const completions = '/v1/completions';
const chat = '/v1/chat/completions';

export const wording: readonly Wording[] = [
  {
    name: 'an unknown model',
    path: completions,
    body: () => ({ model: 'nope', prompt: [1] }),
    answer: (model) =>
      failure(404, `The model \`nope\` does not exist. Valid aliases: ${model}.`, 'model', 'NotFoundError'),
  },
  {
    name: 'a prompt that is too long',
    path: completions,
    body: (model) => ({ model, prompt: new Array(20_000).fill(5), max_tokens: 1 }),
    answer: () =>
      failure(
        400,
        "This model's maximum context length is 16384 tokens. However, your prompt contains 20000 input tokens, " +
          'which exceeds this limit even without any output tokens. Please reduce the length of the input prompt. ' +
          '(parameter=input_tokens, value=20000)',
        'input_tokens',
      ),
  },
  {
    name: 'more output than the context holds',
    path: completions,
    body: (model) => ({ model, prompt: [1], max_tokens: 20_000 }),
    answer: () =>
      failure(
        400,
        'max_tokens=20000 cannot be greater than max_model_len=16384. Please request fewer output tokens. ' +
          '(parameter=max_tokens, value=20000)',
        'max_tokens',
      ),
  },
  {
    name: 'no output at all',
    path: completions,
    body: (model) => ({ model, prompt: [1], max_tokens: 0 }),
    answer: () =>
      failure(400, 'max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)', 'max_tokens'),
  },
  {
    name: 'a forbidden salt, before an unknown model',
    path: completions,
    body: () => ({ model: 'nope', prompt: [1], cache_salt: 'a/b' }),
    answer: () =>
      failure(
        400,
        "Parameter 'cache_salt' must be at most 128 characters and must not contain '@', '/', '\\\\', or NUL. " +
          '(parameter=cache_salt)',
        'cache_salt',
      ),
  },
  {
    name: 'an empty salt',
    path: chat,
    body: (model) => ({ model, messages: [{ role: 'user', content: 'x' }], cache_salt: '' }),
    answer: () =>
      failure(
        400,
        "Parameter 'cache_salt' must be a non-empty string if provided. (parameter=cache_salt)",
        'cache_salt',
      ),
  },
  {
    name: 'an id out of the vocabulary',
    path: completions,
    body: (model) => ({ model, prompt: [1, 9_999_999], max_tokens: 1 }),
    answer: () => failure(400, 'Token id 9999999 is out of vocabulary', null),
  },
  {
    name: 'no prompt',
    path: completions,
    body: (model) => ({ model, max_tokens: 1 }),
    answer: () =>
      failure(
        400,
        'Either prompt or prompt_embeds must be provided and non-empty. (parameter=prompt)',
        'prompt',
      ),
  },
  {
    name: 'no messages',
    path: chat,
    body: (model) => ({ model, max_tokens: 1 }),
    answer: () =>
      failure(
        400,
        "1 validation error:\n  {'type': 'missing', 'loc': 'body.messages', 'msg': 'Field required', " +
          "'input': '<dict of 2 items>'}",
        'body.messages',
        'Bad Request',
      ),
  },
  {
    name: 'too many log-probabilities',
    path: completions,
    body: (model) => ({ model, prompt: [1], logprobs: 21, max_tokens: 1 }),
    answer: () =>
      failure(
        400,
        'Requested sample logprobs of 21, which is greater than max allowed: 20 (parameter=logprobs, value=21)',
        'logprobs',
      ),
  },
  {
    name: 'stream options without a stream',
    path: completions,
    body: (model) => ({ model, prompt: [1], stream_options: { include_usage: true } }),
    answer: () =>
      failure(
        400,
        'Stream options can only be defined when `stream=True`. (parameter=stream_options)',
        'stream_options',
      ),
  },
  {
    name: 'tools without a parser for them',
    path: chat,
    body: (model) => ({
      model,
      messages: [{ role: 'user', content: 'x' }],
      tools: [{ type: 'function', function: { name: 'f' } }],
    }),
    answer: () =>
      failure(
        400,
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        null,
      ),
  },
  {
    name: 'a path that it does not have',
    method: 'GET',
    path: '/nowhere',
    answer: () => ({ status: 404, body: { detail: 'Not Found' } }),
  },
  {
    name: 'a method that the path does not have',
    method: 'GET',
    path: completions,
    answer: () => ({ status: 405, body: { detail: 'Method Not Allowed' } }),
  },
];

function failure(code: number, message: string, param: string | null, type = 'BadRequestError') {
  return { status: code, body: { error: { message, type, param, code } } };
}
