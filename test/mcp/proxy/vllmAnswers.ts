// Answers as vLLM 0.32 words them (entrypoints/openai/chat_completion/serving.py), for what the stand-in has no model
// for: tool calls, reasoning, several choices, log-probabilities.

/** One step of a generation: what it adds to a choice, and by which tokens. */
export interface Step {
  readonly index?: number;
  /** Empty where a parser holds a token back: then a chunk is sent only to whoever asked for ids. */
  readonly delta: Readonly<Record<string, unknown>>;
  readonly ids: readonly number[];
  readonly logprobs?: unknown;
  readonly finish?: string;
}

export interface Wanted {
  readonly ids: boolean;
  readonly usage: boolean;
  /** `--enable-force-include-usage`. */
  readonly forced?: boolean;
}

export const PROMPT_IDS = [5, 17, 300_001];
const HEAD = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1795777628,"model":"tiny"';
const FINGERPRINT = '"system_fingerprint":"vllm-0.32.0-tp1"';

/** The events of a stream, each with its end. */
export function streamOf(steps: readonly Step[], { ids, usage, forced = false }: Wanted): string[] {
  const choices = [...new Set(steps.map(({ index = 0 }) => index))];
  const counts = usage || forced;
  const count = forced ? ',"usage":{"prompt_tokens":3,"total_tokens":3,"completion_tokens":0}' : '';
  const opening = (index: number) =>
    event(
      `{${HEAD},"choices":[{"index":${index},"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]` +
        `${count},"prompt_token_ids":${ids ? JSON.stringify(PROMPT_IDS) : 'null'},"prompt_text":null}`,
    );
  const chunk = ({ index = 0, delta, ids: tokens, logprobs = null, finish }: Step) => {
    if (Object.keys(delta).length === 0 && !ids && finish === undefined && logprobs === null) return [];
    const stop = finish === undefined ? '' : ',"stop_reason":null';
    const stamp = finish === undefined || counts ? '' : `,${FINGERPRINT}`;
    return event(
      `{${HEAD},"choices":[{"index":${index},"delta":${JSON.stringify(delta)},"logprobs":${JSON.stringify(logprobs)},` +
        `"finish_reason":${JSON.stringify(finish ?? null)}${stop},"token_ids":${ids ? JSON.stringify(tokens) : 'null'}}]${count}${stamp}}`,
    );
  };
  const last = `{${HEAD},"choices":[],"usage":${usageOf(steps)},${FINGERPRINT}}`;
  return [
    ...choices.map(opening),
    ...steps.flatMap(chunk),
    ...(counts ? [event(last)] : []),
    'data: [DONE]\n\n',
  ];
}

/** A whole answer, by the steps of its only choice. */
export function wholeOf(steps: readonly Step[], { ids }: Pick<Wanted, 'ids'>): string {
  const tokens = steps.flatMap(({ ids: some }) => some);
  const content = steps
    .map(({ delta: { content: piece } }) => (typeof piece === 'string' ? piece : ''))
    .join('');
  const calls = steps.flatMap(({ delta }) => delta['tool_calls'] ?? []);
  const message = JSON.stringify({
    role: 'assistant',
    content: content === '' ? null : content,
    refusal: null,
    tool_calls: calls,
  });
  return (
    '{"id":"chatcmpl-1","object":"chat.completion","created":1795777628,"model":"tiny","choices":[{"index":0,' +
    `"message":${message},"logprobs":{"content":[{"token":"é\\n","logprob":-1e-05,"bytes":[195,169],"top_logprobs":[]}]},` +
    `"finish_reason":"stop","stop_reason":null,"token_ids":${ids ? JSON.stringify(tokens) : 'null'},"routed_experts":null}],` +
    `"service_tier":null,${FINGERPRINT},"usage":${usageOf(steps)},"prompt_logprobs":null,` +
    `"prompt_token_ids":${ids ? JSON.stringify(PROMPT_IDS) : 'null'},"kv_transfer_params":{"ratio":1.0}}`
  );
}

function usageOf(steps: readonly Step[]): string {
  const made = steps.reduce((sum, { ids }) => sum + ids.length, 0);
  return `{"prompt_tokens":3,"total_tokens":${3 + made},"completion_tokens":${made},"prompt_tokens_details":{"cached_tokens":0}}`;
}

function event(data: string): string {
  return `data: ${data}\n\n`;
}

const call = (id: string, name: string, given: string) => ({
  tool_calls: [{ id, type: 'function', index: 0, function: { name, arguments: given } }],
});

export const GENERATIONS: Readonly<Record<string, readonly Step[]>> = {
  text: [
    { delta: { content: 'Frühling' }, ids: [1, 2] },
    { delta: { content: ' 🌱 "token_ids":[1]\n\ndata: {' }, ids: [3] },
    { delta: { content: '' }, ids: [4], finish: 'stop' },
  ],
  'a call of a tool, and tokens that only its parser reads': [
    { delta: {}, ids: [7] },
    { delta: call('c1', 'search', ''), ids: [8] },
    { delta: {}, ids: [9] },
    { delta: { tool_calls: [{ index: 0, function: { arguments: '{"q":"ice"}' } }] }, ids: [10, 11] },
    { delta: {}, ids: [12], finish: 'tool_calls' },
  ],
  'reasoning and log-probabilities': [
    { delta: { reasoning: 'Hm.' }, ids: [1], logprobs: { content: [{ token: 'Hm.', logprob: -0.5 }] } },
    { delta: {}, ids: [2], logprobs: { content: [] } },
    { delta: { content: 'Ice.' }, ids: [3], finish: 'length' },
  ],
  nothing: [{ delta: { content: '' }, ids: [4], finish: 'stop' }],
};

export const SEVERAL: readonly Step[] = [
  { index: 0, delta: { content: 'One' }, ids: [1] },
  { index: 1, delta: { content: 'Two' }, ids: [2] },
  { index: 0, delta: { content: '' }, ids: [4], finish: 'stop' },
  { index: 1, delta: { content: '.' }, ids: [5] },
  { index: 1, delta: { content: '' }, ids: [4], finish: 'stop' },
];
