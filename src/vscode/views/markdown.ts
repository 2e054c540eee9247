/** One fact a line; those without a value are left out. It reads well as text too. */
export function factList(
  facts: readonly (readonly [name: string, value: string | number | null | undefined])[],
): string {
  return bullets(
    facts.flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [`**${name}**: ${value}`],
    ),
  );
}

/** A list, one line an item. */
export function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item.replace(/\s*\n\s*/g, ' ')}\n`).join('');
}

/** Text between fences that it does not hold itself. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}\n`;
}
