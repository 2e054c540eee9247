/** The id under which the bundled MCP server is provided. */
export const MCP_PROVIDER_ID = 'permafrost.mcp';
