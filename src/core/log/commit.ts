import * as z from 'zod';

/** A value of one SQL parameter. Bytes travel as base64. */
export type SqlValue = string | number | null | Uint8Array;

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

type Packed = string | number | null | { bytes: string };

const Parameter = z.custom<Packed>(
  (value) =>
    typeof value === 'string' ||
    typeof value === 'number' ||
    value === null ||
    (typeof value === 'object' && 'bytes' in value && typeof value.bytes === 'string'),
);

const Origin = {
  /** The context the commit belongs to, so that a file from elsewhere is noticed. */
  context: z.string(),
  number: z.int().min(1),
  /** The checksum of the commit before, so that a replaced or missing one is noticed. */
  previous: z.string(),
  at: z.iso.datetime(),
  writer: z.string(),
};

/** What one numbered file of the log holds. `sql` lists each text once; `run` names it by index. */
export const CommitBody = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('statements'),
    ...Origin,
    schema: z.int(),
    sql: z.array(z.string()),
    run: z.array(z.tuple([z.int(), z.array(Parameter)])),
  }),
  /** "This epoch is closed; the log goes on in the directory `next`." */
  z.object({ kind: z.literal('seal'), ...Origin, next: z.string().regex(/^\d{6}-[0-9a-f]{8}$/) }),
]);
export type CommitBody = z.infer<typeof CommitBody>;

export function packStatements(statements: readonly Statement[]) {
  const indexes = new Map<string, number>();
  const run = statements.map(({ sql, parameters }): [number, z.infer<typeof Parameter>[]] => {
    const index = indexes.get(sql) ?? indexes.size;
    indexes.set(sql, index);
    return [index, parameters.map(packValue)];
  });
  return { sql: [...indexes.keys()], run };
}

export function unpackStatements(packed: ReturnType<typeof packStatements>): Statement[] {
  return packed.run.map(([index, parameters]) => ({
    sql: packed.sql[index] ?? '',
    parameters: parameters.map((value) =>
      typeof value === 'object' && value !== null ? Buffer.from(value.bytes, 'base64') : value,
    ),
  }));
}

function packValue(value: SqlValue): z.infer<typeof Parameter> {
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : value;
}
