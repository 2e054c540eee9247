import type { LanguageModelChatInformation } from 'vscode';
import type { PermafrostError } from '../../core/errors.ts';

/** When the server does not say how long a prompt may be. */
export const ASSUMED_LENGTH = 8_192;

/** The id of what stands in the model picker for lack of a model. */
export const NO_MODEL_ID = 'no-endpoint';

/**
 * Stands in the model picker while there is no model, and says why: the chat view lets nobody speak, not even to
 * @permafrost, before there is one.
 * @param endpoints the servers that were asked
 */
export function noModel(
  { code, sentence }: PermafrostError,
  ...endpoints: readonly string[]
): LanguageModelChatInformation {
  const none = endpoints.length < 2 ? '' : `None of ${endpoints.join(', ')} can be used now. `;
  const why =
    code === 'PF-5001'
      ? 'Set permafrost.vllm.endpoint to chat with your own vLLM server.'
      : `${none}${sentence}`;
  return {
    id: NO_MODEL_ID,
    name: `vLLM (${SHORT[code] ?? 'no server answers as it should'})`,
    family: 'vllm',
    version: '1',
    tooltip: `${why} @permafrost can search and remember without one.`,
    maxInputTokens: ASSUMED_LENGTH,
    maxOutputTokens: 1,
    capabilities: { toolCalling: true },
  };
}

const SHORT: Partial<Record<string, string>> = {
  'PF-1001': 'the settings name no address',
  'PF-5001': 'no endpoint set',
  'PF-5002': 'no server can be reached',
  'PF-7001': 'no model is served',
  'PF-8001': 'the key is refused',
  'PF-8004': 'the server is not allowed yet',
};
