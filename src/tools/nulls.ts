import * as z from 'zod';

/**
 * `null` for an optional field means that it is absent. Only where the schema names the field and does not take
 * null itself: what is passed through, as the messages of a conversation, stays as it came.
 */
export function withoutNulls(schema: z.core.$ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodOptional) {
    if (value !== null) return withoutNulls(schema.unwrap(), value);
    return schema.safeParse(null).success ? null : undefined;
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((element) => withoutNulls(schema.element, element));
  }
  if (!(schema instanceof z.ZodObject) || !isObject(value)) return value;
  const fields = Object.entries(value).map(([key, field]) => {
    const known = schema.shape[key];
    return [key, known === undefined ? field : withoutNulls(known, field)] as const;
  });
  return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
