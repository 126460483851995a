// The TypeScript SDK v2 against URL (the MCP endpoint).
// --mode auto (2026-07-28, or what the server has) | legacy | a revision to insist on.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

import { CAPABILITIES, ELICITED, mcpArguments, runChecks, SAMPLED } from "./mcp.mjs";

const args = mcpArguments();
const mode = ["auto", "legacy"].includes(args.mode) ? args.mode : { pin: args.mode };

async function connect() {
  const client = new Client(
    { name: "mcp-v2", version: "1" },
    { capabilities: CAPABILITIES, versionNegotiation: { mode } },
  );
  client.setRequestHandler("sampling/createMessage", async () => SAMPLED);
  client.setRequestHandler("elicitation/create", async () => ELICITED);
  const transport = new StreamableHTTPClientTransport(args.url);
  await client.connect(transport);
  const close = client.close.bind(client);
  client.close = async () => {
    await transport.terminateSession();
    await close();
  };
  return { client, version: client.getNegotiatedProtocolVersion() };
}

await runChecks(`mcp-v2 ${args.mode}`, args, connect, (client, params, options) =>
  client.callTool(params, options),
);
