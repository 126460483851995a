// An SDK client that does what a client scenario of MCP's conformance suite wants to see:
//
//   mcp_scenario.mjs v1|v2 URL
//
// `mcp-suite --client` runs it. The suite appends URL, which is that of its own server, and names the
// scenario in the environment. With GATEWAYS=HOST:PORT the client is given a gateway before that server: it
// connects there, writes the URL, reads that of the gateway, and keeps the connection for as long as it needs
// the gateway. Where the server wants a token, it finds out as an operator does where one is issued, and writes
// that behind the URL, as JSON. v1 speaks 2025-11-25, v2 2026-07-28. What the suite does not look at, the client asserts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline/promises";

const [sdk, own] = process.argv.slice(2);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO;
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");
const REVISIONS = { v1: "2025-11-25", v2: "2026-07-28" };

/** A client's answers to forms may leave fields out, and the SDKs put the defaults in. */
const CAPABILITIES = {
  elicitation: { form: { applyDefaults: true } },
  sampling: {},
  roots: { listChanged: true },
};

/** What the client answers to forms, by scenario. */
const ANSWERS = {
  "elicitation-sep1034-client-defaults": {},
  "sep-2322-client-request-state": { confirmed: true },
};
const answer = () => ({ action: "accept", content: { ...ANSWERS[scenario] } });

/** What to connect to: the suite's server, or a gateway before it. */
async function endpoint() {
  if (!process.env.GATEWAYS) return new URL(own);
  const [host, port] = process.env.GATEWAYS.split(":");
  const gateways = connect(Number(port), host);
  gateways.write(`${[own, ...(await issuer())].join(" ")}\n`);
  const [url] = await once(createInterface({ input: gateways }), "line");
  gateways.unref();
  return new URL(url);
}

/** Where the server's tokens are issued, and for whom; nothing where it wants none. */
async function issuer() {
  if (!scenario.startsWith("auth/")) return [];
  const get = async (url) => (await fetch(url)).json();
  const { origin, pathname } = new URL(own);
  const { resource, authorization_servers: [server] } = await get(
    `${origin}/.well-known/oauth-protected-resource${pathname}`,
  );
  const { issuer, token_endpoint: endpoint } = await get(
    `${server}/.well-known/oauth-authorization-server`,
  );
  return [JSON.stringify({ ...context, issuer, endpoint, resource })];
}

async function v1(url) {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const { StreamableHTTPClientTransport } = await import(
    "@modelcontextprotocol/sdk/client/streamableHttp.js"
  );
  const { ElicitRequestSchema } = await import("@modelcontextprotocol/sdk/types.js");
  const client = new Client({ name: "scenario", version: "1" }, { capabilities: CAPABILITIES });
  client.setRequestHandler(ElicitRequestSchema, answer);
  // The stream that belongs to no request is opened in passing, and a server's question may come there.
  let listens;
  const listening = new Promise((resolve) => (listens = resolve));
  const noting = async (to, init) => {
    const answer = await fetch(to, init);
    if (init.method === "GET") listens();
    return answer;
  };
  const transport = new StreamableHTTPClientTransport(url, { fetch: noting });
  await client.connect(transport);
  await listening;
  return { client, transport, revision: transport.protocolVersion };
}

async function v2(url) {
  const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const client = new Client(
    { name: "scenario", version: "1" },
    { capabilities: CAPABILITIES, versionNegotiation: { mode: "auto" } },
  );
  client.setRequestHandler("elicitation/create", answer);
  const transport = new StreamableHTTPClientTransport(url);
  await client.connect(transport);
  return { client, transport, revision: client.getNegotiatedProtocolVersion() };
}

/** Calls a tool that the list has; resolves to its text. */
async function say(client, name, args = {}) {
  const { content } = await client.callTool({ name, arguments: args });
  return content.map((block) => block.text ?? "").join("");
}

/** The tools by name; the SDKs learn from this list, too. */
async function tools(client) {
  const { tools } = await client.listTools();
  return new Map(tools.map((tool) => [tool.name, tool]));
}

/** An argument for each property that a schema demands. */
const SOME = { string: "a", number: 1, integer: 1, boolean: true, null: null, array: [], object: {} };
const fitting = ({ required = [], properties }) =>
  Object.fromEntries(required.map((name) => [name, SOME[properties[name].type]]));

/** What is done in a scenario. */
const SCENARIOS = {
  initialize: async (client) => assert.equal((await tools(client)).size, 0),

  tools_call: async (client) => {
    assert.deepEqual([...(await tools(client)).keys()], ["add_numbers"]);
    assert.equal(await say(client, "add_numbers", { a: 5, b: 3 }), "The sum of 5 and 3 is 8");
  },

  "elicitation-sep1034-client-defaults": async (client) => {
    const said = await say(client, "test_client_elicitation_defaults");
    const content = JSON.parse(said.replace("Elicitation completed: ", ""));
    const form = { name: "John Doe", age: 30, score: 95.5, status: "active", verified: true };
    assert.deepEqual(content, form);
  },

  "sse-retry": async (client) => {
    await tools(client);
    const said = await say(client, "test_reconnection");
    assert.equal(said, "Reconnection test completed successfully");
  },

  "auth/client-credentials-basic": async (client) => {
    assert.deepEqual([...(await tools(client)).keys()], ["test-tool"]);
    assert.equal(await say(client, "test-tool"), "test");
  },

  "auth/client-credentials-jwt": async (client) => {
    assert.deepEqual([...(await tools(client)).keys()], ["test-tool"]);
    assert.equal(await say(client, "test-tool"), "test");
  },

  "json-schema-2020-12-preservation": async (client) => {
    const { inputSchema } = (await tools(client)).get("json_schema_2020_12_tool");
    assert.equal(await say(client, "json_schema_echo", { schema: inputSchema }), "echoed");
  },

  "json-schema-ref-no-deref": async (client) => {
    const { inputSchema } = (await tools(client)).get("lookup_user");
    assert.equal(inputSchema.properties.id.$ref, "#/$defs/userId");
    assert.match(inputSchema.properties.profile.$ref, /^http/);
  },

  "request-metadata": async (client) => {
    assert.equal((await tools(client)).size, 0);
    assert.equal(await say(client, "any_tool"), "");
  },

  "http-standard-headers": async (client) => {
    for (const name of (await tools(client)).keys()) {
      assert.equal(await say(client, name), "Headers test completed");
    }
    const { resources } = await client.listResources();
    assert.equal(resources.length, 2);
    for (const { uri } of resources) await client.readResource({ uri });
    const { prompts } = await client.listPrompts();
    assert.equal(prompts.length, 1);
    for (const { name } of prompts) await client.getPrompt({ name });
  },

  "http-custom-headers": async (client) => {
    await tools(client);
    for (const { name, arguments: args } of context.toolCalls) {
      assert.equal(await say(client, name, args), "Custom headers test completed");
    }
  },

  "http-invalid-tool-headers": async (client) => {
    const listed = await tools(client);
    for (const [name, { inputSchema }] of listed) await say(client, name, fitting(inputSchema));
    assert.deepEqual([...listed.keys()], ["valid_tool"]);
  },

  "sep-2322-client-request-state": async (client) => {
    await tools(client);
    const said = await Promise.all([
      say(client, "test_mrtr_echo_state"),
      say(client, "test_mrtr_unrelated"),
    ]);
    assert.deepEqual(said, ["echo-state-ok", "unrelated-ok"]);
    assert.equal(await say(client, "test_mrtr_no_state"), "no-state-ok");
    const untyped = say(client, "test_mrtr_no_result_type");
    // The suite takes a result without resultType for a complete one; the SDK v2 wants none of it.
    if (sdk === "v2") await assert.rejects(untyped, /missing required resultType/);
    else assert.equal(await untyped, "no-result-type-test-ok");
  },
};

const act = SCENARIOS[scenario];
assert.ok(act && REVISIONS[sdk] && own, `usage: ${process.argv[1]} v1|v2 URL`);
const { client, transport, revision } = await { v1, v2 }[sdk](await endpoint());
assert.equal(revision, REVISIONS[sdk]);
await act(client);
if (sdk === "v1") await transport.terminateSession();
await client.close();
process.exit(0);
