// The yardstick for the MCP server: the SDK's own server on its own transport, with one tool that does nothing but
// answer as much as `memory_read` does for one memory.

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import * as z from 'zod';

const content = 'A thousand characters, as a memory has. '.repeat(25);

const server = new McpServer({ name: 'bare', version: '1.0.0' });
server.registerTool(
  'read',
  {
    description: 'Gives a text.',
    inputSchema: { id: z.string() },
    outputSchema: { id: z.string(), content: z.string() },
  },
  ({ id }) => ({ content: [{ type: 'text', text: content }], structuredContent: { id, content } }),
);

void server.connect(new StdioServerTransport());
