import assert from 'node:assert/strict';
import { ProgressNotificationSchema, type Progress } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import { conversation, standinFor } from '../core/windows/openWindows.ts';
import { call, Workplace } from './workplace.ts';

const Thawed = z.object({ structuredContent: z.object({ reply: z.string() }) });

describe('The progress that the MCP server tells', () => {
  let place: Workplace;

  beforeEach(() => {
    place = new Workplace();
  });

  afterEach(() => place.close());

  it('is the answer to continueWith, piece by piece, for a client that asks for it', async () => {
    const standin = await standinFor();
    const client = await place.connect(['--vllm', standin.url]);
    await call(client, 'window_freeze', { messages: conversation(2), name: 'Glacier' });
    const heard: Progress[] = [];
    client.setNotificationHandler(ProgressNotificationSchema, ({ params }) => void heard.push(params));
    const answer = await client.callTool({
      name: 'window_thaw',
      arguments: { name: 'Glacier', continueWith: 'Why?', maxTokens: 20 },
      _meta: { progressToken: 'thaw' },
    });
    assert.ok(heard.length > 1);
    assert.equal(heard.map(({ message }) => message).join(''), Thawed.parse(answer).structuredContent.reply);
    assert.deepEqual(
      heard.map(({ progress }) => progress),
      heard.map((_, at) => at + 1),
    );
    const told = heard.length;
    await call(client, 'window_thaw', { name: 'Glacier', continueWith: 'Why?' });
    assert.equal(heard.length, told, 'nobody asked for progress');
  });
});
