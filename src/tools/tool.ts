import * as z from 'zod';
import { asPermafrostError, type PermafrostError } from '../core/errors.ts';
import { withoutNulls } from './nulls.ts';
import { parseInput } from './parseInput.ts';
import type { OpenContext, ToolEnvironment } from './environment.ts';

interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  /** Whether it talks to a server outside, as vLLM's. */
  readonly openWorldHint?: boolean;
}

export type ToolArea = 'memory' | 'windows' | 'admin';

/** What a handler may use besides its input. */
export interface ToolCall {
  /** The context that the call is about. */
  readonly context: OpenContext;
  readonly environment: ToolEnvironment;
  /** How many tokens the answer may have, when the caller said so. */
  readonly maxTokens: number | undefined;
  readonly signal: AbortSignal;
}

export interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** Written for the model that calls it. */
  readonly description: string;
  readonly area: ToolArea;
  readonly input: Input;
  readonly output: Output;
  readonly annotations: ToolAnnotations;
  readonly run: (input: z.output<Input>, call: ToolCall) => z.input<Output> | Promise<z.input<Output>>;
  /** The answer when the context cannot be opened, for a tool whose work is to say why; others fail. */
  readonly ifUnopened?: (
    error: PermafrostError,
    environment: ToolEnvironment,
    signal: AbortSignal,
  ) => Promise<z.input<Output>>;
  /** The answer as text for a model to read: in one, or, when part of it is large, in blocks, so that nothing copies it. */
  readonly text: (output: z.output<Output>) => string | readonly string[];
}

/** A tool whose types are its own business: data, and `answer`, which parses what goes in and what comes out. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly area: ToolArea;
  readonly annotations: ToolAnnotations;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /** @throws PF-1001 when the input does not fit, and what the work throws. */
  readonly answer: (input: unknown, environment: ToolEnvironment, signal: AbortSignal) => Promise<Answered>;
}

export interface Answered {
  /** What the tool puts out, and `warnings` besides when there are any. */
  readonly structuredContent: Record<string, unknown>;
  /** The answer as text; one block, but for large ones. */
  readonly texts: readonly string[];
}

const commonInput = {
  context: z
    .string()
    .optional()
    .describe('id or name of another context that the user allowed; leave it out for this folder'),
  maxTokens: z.int().min(1).max(10_000_000).optional().describe('budget for the answer, in tokens'),
};

const Common = z.object(commonInput);

/** @param definition its `input` is a strict object: what it does not name is refused. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  const { name, title, description, area, annotations, input, output, text } = definition;
  return {
    name,
    title,
    description,
    area,
    annotations,
    input: z.strictObject({ ...input.shape, ...commonInput }),
    output,
    answer: async (raw, environment, signal) => {
      const { result, warnings } = await work(definition, raw, environment, signal);
      const answer = output.parse(result);
      return {
        structuredContent: warnings.length === 0 ? answer : { ...answer, warnings },
        texts: [text(answer), ...warnings].flat(),
      };
    },
  };
}

async function work<Input extends z.ZodObject, Output extends z.ZodObject>(
  { name, input, annotations, run, ifUnopened }: ToolDefinition<Input, Output>,
  raw: unknown,
  environment: ToolEnvironment,
  signal: AbortSignal,
): Promise<Worked<z.input<Output>>> {
  const accepted = [...Object.keys(input.shape), ...Object.keys(commonInput)];
  const { context: named, maxTokens, ...own } = parseInput(Fields, raw, name, accepted);
  const common = parseInput(Common, withoutNulls(Common, { context: named, maxTokens }), name, accepted);
  const parsed = parseInput(input, withoutNulls(input, own), name, accepted);
  try {
    const context = await environment.context(common.context, annotations.readOnlyHint ? 'read' : 'write');
    const result = await run(parsed, { context, environment, maxTokens: common.maxTokens, signal });
    return { result, warnings: warningsOf(context) };
  } catch (thrown) {
    const error = asPermafrostError(thrown);
    if (ifUnopened === undefined || !error.code.startsWith('PF-4')) throw error;
    return { result: await ifUnopened(error, environment, signal), warnings: [] };
  }
}

interface Worked<Result> {
  readonly result: Result;
  /** What a model has to know of the answer besides. */
  readonly warnings: readonly string[];
}

/** An agent that only reads is to know that it may not be told all. */
function warningsOf({ store }: OpenContext): readonly string[] {
  const { problems } = store;
  if (problems.length === 0) return [];
  return [
    'Part of what is stored here is damaged and could not be read, so this may not be all of it, and some may be older than it was. Tell the user; health_check names the files.',
  ];
}

const Fields = z.record(z.string(), z.unknown());
