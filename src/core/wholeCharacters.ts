/** The first `length` UTF-16 units of `text` at most; a character of two is in it whole or not at all. */
export function wholeCharacters(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}
