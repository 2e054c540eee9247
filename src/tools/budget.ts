/**
 * Tokens of a text, estimated at four characters a token, the usual average for English and code; a model's own
 * tokenizer may differ by a third.
 */
export function estimateTokens(value: unknown): number {
  return Math.ceil((typeof value === 'string' ? value : JSON.stringify(value)).length / 4);
}

/**
 * Asks for fewer and fewer rows until the answer fits. The list itself knows how to begin and to end a page, so
 * its total and cursor stay right.
 */
export function fitPage<T>(limit: number, maxTokens: number | undefined, page: (limit: number) => T): T {
  const answer = page(limit);
  if (maxTokens === undefined || limit <= 1) return answer;
  const tokens = estimateTokens(answer);
  if (tokens <= maxTokens) return answer;
  const fewer = Math.max(1, Math.min(limit - 1, Math.floor((limit * maxTokens) / tokens)));
  return fitPage(fewer, maxTokens, page);
}
