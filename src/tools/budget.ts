/** The usual average for English and code; a model's own tokenizer may differ by a third. */
export const CHARACTERS_PER_TOKEN = 4;

/** Tokens of a text, or of a value as JSON, estimated by its length. */
export function estimateTokens(value: unknown): number {
  const { length } = typeof value === 'string' ? value : JSON.stringify(value);
  return Math.ceil(length / CHARACTERS_PER_TOKEN);
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
