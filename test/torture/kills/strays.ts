import * as fs from 'node:fs';
import * as path from 'node:path';

/** The epoch that is written to, and the one before it, kept as a way back. */
const MOST_EPOCHS = 2;

/** Temporary files that are still there although nobody is at work. */
export function temporaries(directory: string): string[] {
  return namesIn(directory, 'tmp').map((name) => `tmp/${name} was left`);
}

/** What no context has that was just brought in order: a checkpoint was made, and it was opened again. */
export function strays(directory: string): string[] {
  const epochs = namesIn(directory, 'epochs');
  return [
    ...temporaries(directory),
    ...namesIn(directory, 'retired').map((name) => `retired/${name} was left`),
    ...(epochs.length > MOST_EPOCHS ? [`epochs were left: ${epochs.join()}`] : []),
  ];
}

function namesIn(directory: string, name: string): string[] {
  const inside = path.join(directory, name);
  return fs.existsSync(inside) ? fs.readdirSync(inside) : [];
}
