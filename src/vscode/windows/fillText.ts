import type { Decision } from '../../core/windows/autoFreeze/decide.ts';

/** How full the context window of a conversation is, for the status bar: in short, and all that is known. */
export function fillText({ session, fillPercent, freeze, reason }: Decision): {
  readonly text: string;
  readonly tooltip: string;
} {
  const { title, model, tokenCount, maxModelLen } = session;
  const tokens = `${countText(tokenCount)} of ${countText(maxModelLen)}`;
  return {
    text: `$(archive) ${fillPercent === null ? '?' : String(Math.floor(fillPercent))} %`,
    tooltip: [
      `Context window of “${title}”`,
      `Model: ${model ?? 'unknown'}`,
      `Tokens: ${tokens}`,
      `Auto-freeze: ${freeze ? `freezes it now. ${reason}` : reason}`,
    ].join('\n'),
  };
}

function countText(count: number | null): string {
  return count === null ? 'an unknown number' : count.toLocaleString();
}
