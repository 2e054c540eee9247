import { wholeCharacters } from '../../core/wholeCharacters.ts';
import { CHARACTERS_PER_TOKEN, estimateTokens } from '../budget.ts';
import type { MemoryOutput } from './fields.ts';

/** A memory cut to fit a budget: its oldest versions go first, then the end of its content. */
export function fitMemory(memory: MemoryOutput, maxTokens: number | undefined): MemoryOutput {
  if (maxTokens === undefined || fits(memory, maxTokens)) return memory;
  const { content, history, ...rest } = memory;
  const recent = newestThatFit(history ?? [], maxTokens - estimateTokens(rest));
  const kept = history === undefined ? rest : { ...rest, history: recent };
  if (content === undefined) return kept;
  const room = Math.max(0, maxTokens - estimateTokens(kept)) * CHARACTERS_PER_TOKEN;
  return { ...kept, content: wholeCharacters(content, room), contentCut: true };
}

/** Whether a memory is within `maxTokens`. Large content is not turned to JSON to find out that it is not. */
function fits(memory: MemoryOutput, maxTokens: number): boolean {
  return estimateTokens(memory.content ?? '') <= maxTokens && estimateTokens(memory) <= maxTokens;
}

function newestThatFit<T>(versions: readonly T[], maxTokens: number): T[] {
  let tokens = 0;
  const first = versions.findLastIndex((version) => (tokens += estimateTokens(version)) > maxTokens);
  return versions.slice(first + 1);
}
