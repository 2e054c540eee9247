/** How a stand-in is set up, as a vLLM server is by its flags. */
export interface StandinOptions {
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  /** Guards /v1, like --api-key. */
  readonly apiKey?: string;
  readonly model?: string;
  /** What /v1/models calls the path of the weights. */
  readonly root?: string;
  /** Another number makes another model. */
  readonly weights?: number;
  readonly version?: string;
  readonly maxModelLen?: number;
  /** Tokens in a block. */
  readonly blockSize?: number;
  /** Blocks there is room for. */
  readonly blocks?: number;
  /** PYTHONHASHSEED. */
  readonly seed?: string;
  readonly enablePrefixCaching?: boolean;
  /** --enable-prompt-tokens-details: without it, answers do not tell cached tokens. */
  readonly promptTokensDetails?: boolean;
  /** Whether answers tell token ids when they are asked for: vLLM does so since 0.10.2. */
  readonly returnTokenIds?: boolean;
  /** What its chat template says before the conversation, as many do of the date; nothing when it is empty. */
  readonly preamble?: string;
  /** Lines that /metrics has besides its own. */
  readonly furtherMetrics?: string;
  /** --enable-auto-tool-choice. */
  readonly autoToolChoice?: boolean;
  /** Blocks that outlive a stand-in, as with a KV connector: give the same set to the next one. */
  readonly externalBlocks?: Set<string>;
  /** Time for each generated token, so that a demo looks like generation. */
  readonly msPerToken?: number;
  /** Time from the last event of a stream to its end. */
  readonly msToEnd?: number;
  /** Time for each prompt token that is not cached. */
  readonly msPerPromptToken?: number;
}

export type Settings = Required<Omit<StandinOptions, 'apiKey' | 'externalBlocks'>> &
  Pick<StandinOptions, 'apiKey' | 'externalBlocks'>;

const DEFAULTS = {
  host: '127.0.0.1',
  port: 0,
  model: 'standin-llama',
  root: 'permafrost/standin-llama',
  weights: 0,
  version: '0.32.0',
  maxModelLen: 16_384,
  blockSize: 16,
  blocks: 8_192,
  seed: 'vllm-none-hash',
  enablePrefixCaching: true,
  promptTokensDetails: true,
  returnTokenIds: true,
  preamble: '',
  furtherMetrics: '',
  autoToolChoice: true,
  msPerToken: 0,
  msPerPromptToken: 0,
  msToEnd: 0,
};

/** The options with defaults; refused, as vLLM does, when the longest prompt would not fit into the cache. */
export function settle(options: StandinOptions): Settings {
  const settings = { ...DEFAULTS, ...options };
  if (settings.maxModelLen <= settings.blocks * settings.blockSize) return settings;
  throw new Error(`maxModelLen ${settings.maxModelLen} is larger than ${settings.blocks} blocks can hold`);
}
