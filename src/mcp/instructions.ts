import type { Tool } from '../tools/tool.ts';

interface Paragraph {
  /** The tools it speaks of: without one of them it is left out. */
  readonly needs: readonly string[];
  readonly text: string;
}

const PARAGRAPHS: readonly Paragraph[] = [
  {
    needs: [],
    text: 'Permafrost keeps a lasting memory for this workspace folder, shared by every agent that works in it.',
  },
  {
    needs: ['memory_search', 'memory_read'],
    text: 'Before you begin a task, look for what is known: memory_search with a few words of the task, then memory_read for the ids that matter.',
  },
  {
    needs: ['memory_create'],
    text:
      'When you learn something that a later session should know (a decision and its reason, a convention, a trap, a command that works, ' +
      'what the user prefers), keep it with memory_create: one fact a memory, a title that says it, content in Markdown, a few short tags. ' +
      'Send several in one call. Do not store secrets.',
  },
  {
    needs: ['memory_update', 'memory_delete', 'memory_restore'],
    text:
      'When something has changed, use memory_update on the memory that says it rather than adding a second one, and memory_delete on ' +
      'what is wrong; memory_restore brings a deleted memory back.',
  },
  {
    needs: ['window_freeze', 'window_thaw'],
    text:
      'Frozen windows keep the exact prefix of a conversation with a vLLM server: window_freeze stores it, window_thaw warms the ' +
      "server's cache with it again and reports what the server said.",
  },
  {
    needs: [],
    text: 'An error begins with a code, as PF-1001, and says what to do next. Unless it says otherwise, nothing was changed.',
  },
];

/** What the model that uses the server is told about it, once. */
export function instructionsFor(tools: readonly Tool[]): string {
  const offered = new Set(tools.map(({ name }) => name));
  const fitting = PARAGRAPHS.filter(({ needs }) => needs.every((name) => offered.has(name)));
  return fitting.map(({ text }) => text).join('\n\n');
}
