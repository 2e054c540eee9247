/** A row's label: as a string the whole of it, as a pattern any part. */
export type Label = string | RegExp;

/** The label as a pattern for `hasText`, which takes a string for a part. */
export function labelPattern(label: Label): RegExp {
  return typeof label === 'string' ? new RegExp(`^\\s*${escapeRegExp(label)}\\s*$`) : label;
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
