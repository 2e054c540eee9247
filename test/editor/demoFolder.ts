import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes the demo project into the folder; a file that is there stays as the user left it. */
export async function makeDemoFolder(folder: string): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' }).catch(keepExisting);
  }
}

function keepExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

const files: Readonly<Record<string, string>> = {
  'README.md': `# Tidepool

Tide forecasts and water levels for 214 harbour gauges. A demo project for Permafrost: open the snowflake in the
activity bar to see what its team remembers.

    npm ci && npm test
    docker compose up db     # Postgres on 5433
`,
  'package.json': `${JSON.stringify(
    {
      name: 'tidepool',
      version: '3.2.0',
      private: true,
      type: 'module',
      scripts: { test: 'node --test', bench: 'node bench/packets.ts' },
    },
    null,
    2,
  )}\n`,
  'src/forecast.ts': `import type { Constituent } from './model.ts';

/** Level in millimetres above chart datum at a time (ms since 1970, UTC). */
export function harmonic(constituents: readonly Constituent[], datum: number, time: number): number {
  const hours = time / 3_600_000;
  const sum = constituents.reduce(
    (level, { amplitude, speed, phase }) => level + amplitude * Math.cos(((speed * hours - phase) * Math.PI) / 180),
    datum,
  );
  return Math.round(sum);
}

/** Weight of the new model, 0 to 1, in the six hours after a refit. */
export function blendWeight(time: number, refitAt: number): number {
  const hours = Math.min(6, Math.max(0, (time - refitAt) / 3_600_000));
  return (1 - Math.cos((Math.PI * hours) / 6)) / 2;
}
`,
  'src/model.ts': `/** One tidal constituent: amplitude in mm, speed in degrees an hour, phase in degrees. */
export interface Constituent {
  readonly name: string;
  readonly amplitude: number;
  readonly speed: number;
  readonly phase: number;
}
`,
  'src/alerts.ts': `/** Raise after two successive readings above the threshold (mm): one may be the wake of a ferry. */
export function shouldRaise(readings: readonly number[], threshold: number): boolean {
  const [previous, last] = readings.slice(-2);
  return previous !== undefined && last !== undefined && previous > threshold && last > threshold;
}
`,
  'src/packet.ts': `export type Packet = { kind: 'reading'; gauge: number; level: number } | { kind: 'refused'; reason: string };

/** Reads a gauge's packet: gauge (2 bytes), level in mm (4 bytes), CRC-16/CCITT-FALSE (2 bytes). */
export function parsePacket(bytes: Buffer): Packet {
  if (bytes.length !== 8) return { kind: 'refused', reason: 'length' };
  if (crc16(bytes.subarray(0, 6)) !== bytes.readUInt16BE(6)) return { kind: 'refused', reason: 'checksum' };
  return { kind: 'reading', gauge: bytes.readUInt16BE(0), level: bytes.readInt32BE(2) };
}

function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}
`,
  'src/format.ts': `/** Metres for people, from millimetres: the only place that divides by a thousand. */
export function metres(millimetres: number): string {
  return \`\${(millimetres / 1000).toFixed(2)} m\`;
}
`,
  'docs/runbook.md': `# Runbook

- *Readings: age by region* above 120 s for two minutes: \`npm run rollback\`.
- Rollback does not undo migrations.
- Gauge 117 (Old Lock) reads 80 mm high. That is right.
`,
};
