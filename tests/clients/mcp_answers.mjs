// What an official SDK client gets from the MCP peers (peers/mcp/things.mjs), whole, as one JSON object:
// every list, tool, prompt, resource, template and completion, what is refused, what the client was asked
// and told meanwhile.  URL (the MCP endpoint) --sdk v1|v2 --revision 2025-11-25|2026-07-28
// [--prefix TARGET: names are told with this target's name before them]
import { arguments_ } from "./lib.mjs";

const args = arguments_({ sdk: "v2", revision: "2025-11-25", prefix: "" });
const modern = args.revision >= "2026";

const named = (name) => (args.prefix ? `${args.prefix}_${name}` : name);
const located = (uri) => (args.prefix ? `${args.prefix}+${uri}` : uri);

const CAPABILITIES = { sampling: {}, elicitation: {}, roots: {} };

/** What the client answers, whatever it is asked. */
const ANSWERS = {
  "sampling/createMessage": {
    role: "assistant",
    model: "test-model",
    stopReason: "endTurn",
    content: { type: "text", text: "sampled by the client" },
  },
  "elicitation/create": {
    action: "accept",
    content: { name: "Grace", username: "grace", email: "g@example.com", ok: true, color: "blue" },
  },
  "roots/list": { roots: [{ uri: "file:///test/root", name: "Test root" }] },
};

/** The tools that want arguments. */
const ARGUMENTS = {
  json_schema_2020_12_tool: { name: "Ada", contactMethod: "phone", phone: "1" },
  test_elicitation: { message: "Who?" },
  test_header_parameters: { region: "europe — west", shard: 3, dry: true, note: "n" },
  test_sampling: { prompt: "Say hello" },
  test_trigger_resource_update: { uri: "test://watched-resource" },
};
const PROMPTED = { arg1: "one", arg2: "zwei ü", resourceUri: "test://static-text" };

/** The names of what the peers have. */
const PEERS = /^(test|json_schema)_/;

const PATHS = ["static-text", "static-binary", "watched-resource", "template/1%202/data", "none"];

/** What is typed into arguments of prompts and templates. */
const TYPED = [
  [{ type: "ref/prompt", name: named("test_prompt_with_arguments") }, "arg1", "par"],
  [{ type: "ref/resource", uri: located("test://template/{id}/data") }, "id", "test"],
  [{ type: "ref/prompt", name: named("test_prompt_with_arguments") }, "arg2", "nothing"],
];

/** What happened on the side of the request that is under way. */
let asked = [];
let told = [];
const note = (method) => (request) => {
  asked.push({ method, params: request.params });
  return ANSWERS[method];
};
const log = ({ params }) => told.push({ method: "notifications/message", params });

/** The SDK v1 with the handshake. */
async function v1() {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const { StreamableHTTPClientTransport } = await import(
    "@modelcontextprotocol/sdk/client/streamableHttp.js"
  );
  const types = await import("@modelcontextprotocol/sdk/types.js");
  const client = new Client({ name: "answers", version: "1" }, { capabilities: CAPABILITIES });
  client.setRequestHandler(types.CreateMessageRequestSchema, note("sampling/createMessage"));
  client.setRequestHandler(types.ElicitRequestSchema, note("elicitation/create"));
  client.setRequestHandler(types.ListRootsRequestSchema, note("roots/list"));
  client.setNotificationHandler(types.LoggingMessageNotificationSchema, log);
  const call = (params, options) => client.callTool(params, undefined, options);
  return { client, transport: new StreamableHTTPClientTransport(args.url), call };
}

/** The SDK v2, held to the era of the revision. */
async function v2() {
  const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const mode = modern ? { pin: args.revision } : "legacy";
  const client = new Client(
    { name: "answers", version: "1" },
    { capabilities: CAPABILITIES, versionNegotiation: { mode } },
  );
  for (const method of Object.keys(ANSWERS)) client.setRequestHandler(method, note(method));
  client.setNotificationHandler("notifications/message", log);
  const call = (params, options) => client.callTool(params, options);
  return { client, transport: new StreamableHTTPClientTransport(args.url), call };
}

/** What a request led to: its result or its error, and what happened meanwhile. */
async function outcome(request) {
  [asked, told] = [[], []];
  const onprogress = (params) => {
    // The SDK v2 reports its own rounds like this, too.
    if (params.message?.startsWith("Fulfilling input")) return;
    told.push({ method: "notifications/progress", params });
  };
  const end = await request({ onprogress }).then(
    (result) => ({ result }),
    ({ code, message, data }) => ({ error: { code, message, data } }),
  );
  return { ...end, asked, told };
}

/** The items of all pages of a list. */
async function all(list, member) {
  const items = [];
  let cursor;
  do {
    const page = await list(cursor ? { cursor } : undefined);
    items.push(...page[member]);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}

/** Members of `params` for servers which are told with each request what they may log. */
const logging = modern ? { _meta: { "io.modelcontextprotocol/logLevel": "debug" } } : {};

async function collect({ client, call }) {
  const lists = {
    tools: await all((page) => client.listTools(page), "tools"),
    prompts: await all((page) => client.listPrompts(page), "prompts"),
    resources: await all((page) => client.listResources(page), "resources"),
    resourceTemplates: await all((page) => client.listResourceTemplates(page), "resourceTemplates"),
  };
  if (!modern) await client.setLoggingLevel("debug");
  const said = {};
  const ask = async (name, request) => {
    said[name] = await outcome(request);
  };
  // Other servers may stand beside the peer.
  const own = (items) => {
    const names = items.map(({ name }) => name).filter((name) => name.startsWith(named("")));
    return names.map((name) => name.slice(named("").length)).filter((n) => PEERS.test(n));
  };
  for (const name of [...own(lists.tools), "no_such_tool"]) {
    const params = { name: named(name), arguments: ARGUMENTS[name], ...logging };
    await ask(`tool ${name}`, (options) => call(params, options));
  }
  for (const name of [...own(lists.prompts), "no_such_prompt"]) {
    const prompt = lists.prompts.find((prompt) => prompt.name === named(name));
    const wanted = prompt?.arguments?.map(({ name }) => [name, PROMPTED[name]]);
    const params = { name: named(name), arguments: wanted && Object.fromEntries(wanted) };
    await ask(`prompt ${name}`, (options) => client.getPrompt(params, options));
  }
  for (const path of PATHS) {
    const params = { uri: located(`test://${path}`) };
    await ask(`resource ${path}`, (options) => client.readResource(params, options));
  }
  for (const [ref, name, value] of TYPED) {
    const params = { ref, argument: { name, value } };
    await ask(`completion ${name}`, (options) => client.complete(params, options));
  }
  return { lists, said };
}

const held = await (args.sdk === "v1" ? v1() : v2());
await held.client.connect(held.transport);
const capabilities = held.client.getServerCapabilities();
process.stdout.write(JSON.stringify({ capabilities, ...(await collect(held)) }));
await held.client.close();
process.exit(0);
