import type { Fetch } from '../../../../src/core/vllm/http.ts';

/** As `fetch`, but the first chat, at whichever server, breaks off when the model has thought and said nothing yet. */
export function breakingOffThinking(): Fetch {
  let hasBroken = false;
  return async (url, init) => {
    if (hasBroken || !url.endsWith('/v1/chat/completions')) return fetch(url, init);
    hasBroken = true;
    const chunk = { choices: [{ index: 0, delta: { reasoning: 'Hm. ' } }] };
    const headers = { 'content-type': 'text/event-stream' };
    return new Response(`data: ${JSON.stringify(chunk)}\n\n`, { headers });
  };
}
