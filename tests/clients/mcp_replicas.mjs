// The TypeScript SDK v1 against the replicas URL,URL,...: each request goes to the next one. The server is
// tests/peers/mcp, of either era. With --stateless behind them, the replicas keep no session.
import assert from "node:assert/strict";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  LoggingMessageNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";

import { Checks } from "./lib.mjs";
import { SAMPLED } from "./mcp.mjs";

const replicas = process.argv[2].split(",");
const checks = new Checks("mcp-replicas");

/** Which replica answered what, and by turns who is asked next. */
const asked = replicas.map(() => 0);
let turn = 0;

function spread(url, init) {
  const at = turn++ % replicas.length;
  asked[at]++;
  return fetch(replicas[at], init);
}

const client = new Client({ name: "replicas", version: "1" }, { capabilities: { sampling: {} } });
client.setRequestHandler(CreateMessageRequestSchema, async () => SAMPLED);
const logs = [];
client.setNotificationHandler(LoggingMessageNotificationSchema, (log) => logs.push(log.params));
const transport = new StreamableHTTPClientTransport(new URL(replicas[0]), { fetch: spread });
await client.connect(transport);
const textOf = (result) => result.content.map((block) => block.text ?? "").join("");
const call = (name, args = {}) => client.callTool({ name, arguments: args });

await checks.check("calls", async () => {
  const { tools } = await client.listTools();
  assert.ok(tools.length > 10);
  const results = await Promise.all(Array.from({ length: 20 }, () => call("test_simple_text")));
  results.forEach((result) => assert.ok(textOf(result)));
});
if (process.argv.includes("--stateless")) {
  await checks.check("no session", async () => {
    assert.equal(transport.sessionId, undefined);
    assert.equal(client.getServerCapabilities().logging, undefined);
    assert.ok((await call("test_sampling", { prompt: "hello" })).isError);
  });
  await checks.check("spread", async () => {
    asked.forEach((count) => assert.ok(count > 10, String(asked)));
  });
  checks.exit();
}
await checks.check("sampling", async () => {
  // The answer goes to the next replica, whichever asked.
  for (let i = 0; i < 4; i++) {
    const text = textOf(await call("test_sampling", { prompt: "hello" }));
    assert.ok(text.includes(SAMPLED.content.text), text);
  }
});
await checks.check("level", async () => {
  await client.setLoggingLevel("debug");
  for (let i = 0; i < 2; i++) {
    logs.length = 0;
    await call("test_tool_with_logging");
    assert.ok(logs.length > 0, `no logs of call ${i}`);
  }
});
await checks.check("end", async () => {
  const session = transport.sessionId;
  await transport.terminateSession();
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-session-id": session,
    "mcp-protocol-version": "2025-11-25",
  };
  for (const replica of replicas) {
    const answer = await fetch(replica, { method: "POST", headers, body });
    assert.equal(answer.status, 404, replica);
  }
});
await checks.check("spread", async () => {
  asked.forEach((count) => assert.ok(count > 10, String(asked)));
});
checks.exit();
