// Takes the steps of a plan with the TypeScript SDK v1 or v2, held to one revision.
// URL (the MCP endpoint) --sdk v1|v2 --revision REVISION --plan JSON
//
// The plan is a list of {server, does, name, arguments, expect}: what is listed by `name` (does: tools,
// resources, prompts), called, read or got (tool, resource, prompt), and a text that the answer holds.
// Prints {revision, faults}: the revision agreed on, and by server the first step that failed.
import { arguments_ } from "./lib.mjs";

const args = arguments_({ sdk: "v2", revision: "2025-11-25", plan: "[]" });

/** How long a step may take, in milliseconds. */
const LIMIT = { timeout: 60_000 };

const INFO = { name: "matrix", version: "1" };

/** The SDK v1 has no option for the revision that it asks for. */
function asksFor(transport, revision) {
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    if (message.method === "initialize") message.params.protocolVersion = revision;
    return send(message, options);
  };
  return transport;
}

async function v1() {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const { StreamableHTTPClientTransport } = await import(
    "@modelcontextprotocol/sdk/client/streamableHttp.js"
  );
  const client = new Client(INFO);
  const transport = asksFor(new StreamableHTTPClientTransport(args.url), args.revision);
  await client.connect(transport, LIMIT);
  const call = (params) => client.callTool(params, undefined, LIMIT);
  return { client, call, transport, revision: transport.protocolVersion };
}

async function v2() {
  const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const legacy = args.revision < "2026";
  const client = new Client(INFO, {
    ...(legacy && { supportedProtocolVersions: [args.revision] }),
    versionNegotiation: { mode: legacy ? "legacy" : { pin: args.revision } },
  });
  const transport = new StreamableHTTPClientTransport(args.url);
  await client.connect(transport, LIMIT);
  const call = (params) => client.callTool(params, LIMIT);
  return { client, call, transport, revision: client.getNegotiatedProtocolVersion() };
}

/** All pages of a list. */
async function pages(list) {
  const all = [];
  let cursor;
  do {
    const page = await list(cursor ? { cursor } : undefined, LIMIT);
    all.push(page);
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}

const held = await (args.sdk === "v1" ? v1() : v2());
const { client, call } = held;

/** Each list is asked for once. */
const lists = {};
const listed = (does, list) => (lists[does] ??= pages(list.bind(client)));

const STEPS = {
  tools: () => listed("tools", client.listTools),
  resources: () => listed("resources", client.listResources),
  prompts: () => listed("prompts", client.listPrompts),
  tool: (step) => call({ name: step.name, arguments: step.arguments }),
  resource: ({ name }) => client.readResource({ uri: name }, LIMIT),
  prompt: ({ name }) => client.getPrompt({ name }, LIMIT),
};

const faults = {};
for (const step of JSON.parse(args.plan)) {
  if (faults[step.server]) continue;
  try {
    const answer = JSON.stringify(await STEPS[step.does](step));
    if (!answer.includes(step.expect)) throw new Error(answer);
  } catch (error) {
    faults[step.server] = `${step.does} ${step.name}: ${error}`.slice(0, 300);
  }
}
await held.transport.terminateSession();
await client.close();
console.log(JSON.stringify({ revision: held.revision, faults }));
process.exit(0);
