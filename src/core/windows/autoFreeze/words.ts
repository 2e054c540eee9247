const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time that has passed: `20 s`, `5 min`, `3 h`, `2 d`, rounded down, so that it never says more than was. */
export function passedText(milliseconds: number): string {
  return spanText(milliseconds, Math.floor);
}

/** A span of time that is to come, rounded up, so that what is left is never `0 s`. */
export function leftText(milliseconds: number): string {
  return spanText(milliseconds, Math.ceil);
}

function spanText(milliseconds: number, round: (value: number) => number): string {
  const span = Math.max(0, milliseconds);
  if (span < MINUTE) return `${round(span / 1000)} s`;
  if (span < 2 * HOUR) return `${round(span / MINUTE)} min`;
  if (span < 2 * DAY) return `${round(span / HOUR)} h`;
  return `${round(span / DAY)} d`;
}

/** A percentage with at most one digit after the point, cut rather than rounded: 74.99 % is not 75 %. */
export function percentText(value: number): string {
  return `${Math.floor(value * 10) / 10} %`;
}
