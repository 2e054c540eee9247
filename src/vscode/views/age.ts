const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago something was, short enough for a row: `now`, `5 min`, `3 h`, `2 d`, then the date. */
export function shortAge(at: number, now: number): string {
  const age = now - at;
  if (age < MINUTE) return 'now';
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h`;
  if (age < 30 * DAY) return `${Math.floor(age / DAY)} d`;
  return new Date(at).toISOString().slice(0, 10);
}
