import * as z from 'zod';
import { generationChunk, type GenerationChunk } from '../../core/vllm/answers.ts';
import { applyEdits, elementsOf, membersOf, rootOf } from './jsonText.ts';

const IDS = new Set(['prompt_token_ids', 'token_ids']);

/**
 * The answer, or one chunk of it, as the server gives it to whoever asks for no ids: it writes null in their places.
 * @param text JSON with one character a byte
 */
export function withoutIds(text: string): string {
  if (!text.includes('token_ids"')) return text;
  const members = [...membersOf(text, rootOf(text).start)];
  const choices = members.filter(({ key }) => key === 'choices');
  const inChoices = choices
    .flatMap(({ start }) => [...elementsOf(text, start)])
    .flatMap(({ start }) => [...membersOf(text, start)]);
  const ids = [...members, ...inChoices].filter(({ key }) => IDS.has(key));
  return applyEdits(
    text,
    ids.map(({ start, end }) => ({ start, end, text: 'null' })),
  );
}

const Whole = z.looseObject({
  choices: z.array(
    z.looseObject({ message: z.looseObject({ tool_calls: z.array(z.looseObject({})).nullish() }) }),
  ),
});

/** A whole answer in the form of a stream that says all at once; undefined when it is no answer. */
export function asOneChunk(answer: unknown): GenerationChunk | undefined {
  const whole = Whole.safeParse(answer);
  if (!whole.success) return undefined;
  const choices = whole.data.choices.map(({ message, ...choice }) => {
    const calls = message.tool_calls?.map((call, index) => ({ ...call, index }));
    return { ...choice, delta: { ...message, tool_calls: calls } };
  });
  return generationChunk.safeParse({ ...whole.data, choices }).data;
}
