// The TypeScript SDK v1 against URL (the MCP endpoint): revisions up to 2025-11-25.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";

import { CAPABILITIES, ELICITED, mcpArguments, runChecks, SAMPLED } from "./mcp.mjs";

const args = mcpArguments();

async function connect() {
  const client = new Client({ name: "mcp-v1", version: "1" }, { capabilities: CAPABILITIES });
  client.setRequestHandler(CreateMessageRequestSchema, async () => SAMPLED);
  client.setRequestHandler(ElicitRequestSchema, async () => ELICITED);
  const transport = new StreamableHTTPClientTransport(args.url);
  await client.connect(transport);
  const close = client.close.bind(client);
  client.close = async () => {
    await transport.terminateSession();
    await close();
  };
  return { client, version: transport.protocolVersion };
}

await runChecks("mcp-v1", args, connect, (client, params, options) =>
  client.callTool(params, undefined, options),
);
