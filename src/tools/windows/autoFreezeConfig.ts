import * as z from 'zod';
import { AutoFreezePolicy } from '../../core/windows/autoFreeze/policy.ts';
import { defineTool } from '../tool.ts';
import { policyText } from './policyText.ts';

const WHEN =
  ' It looks soon after each turn and by the clock; an MCP server that was just started begins within half a minute.';

export const autoFreezeConfig = defineTool({
  name: 'auto_freeze_config',
  title: 'Configure auto-freeze',
  description:
    'Reads the policy by which conversations of this folder are frozen by themselves, and changes the rules that are given; the others ' +
    'stay. Off until it is turned on. A conversation that is frozen by itself goes on as before: the window keeps what ' +
    'was said so far. auto_freeze_check says what the policy does.',
  area: 'windows',
  annotations: { readOnlyHint: false, idempotentHint: true },
  input: z.strictObject(AutoFreezePolicy.partial().shape),
  output: z.object({ policy: AutoFreezePolicy }),
  run: (change, { context: { windows } }) => ({ policy: windows.autoFreeze.configure(change) }),
  text: ({ policy }) => `${policyText(policy)}${policy.enabled ? WHEN : ''}`,
});
