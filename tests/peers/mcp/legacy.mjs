// An MCP server of the handshake, up to 2025-11-25 (TypeScript SDK v1): Streamable HTTP with
// sessions at /mcp. Its questions are requests on the stream of the call, those of one round at the
// same time. It looks at no capability before it asks, as servers of this SDK do.
import { randomUUID } from "node:crypto";

import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import * as mcp from "@modelcontextprotocol/sdk/types.js";

import { eventStore } from "./events.mjs";
import { serve } from "./serve.mjs";
import * as things from "./things.mjs";

/** How long a client waits before it takes up a stream that was closed, in milliseconds. */
const RETRY = 200;

/** A resource that is not there: the code of these revisions. */
const RESOURCE_NOT_FOUND = -32002;

/** Where a question says under which key a server of 2026-07-28 would ask it. */
const KEY = "agentgateway.dev/input-key";

const ANSWERS = {
  "elicitation/create": mcp.ElicitResultSchema,
  "roots/list": mcp.ListRootsResultSchema,
  "sampling/createMessage": mcp.CreateMessageResultSchema,
};

const LEVELS = mcp.LoggingLevelSchema.options;

/** Session id => its transport. */
const transports = new Map();

/** The servers whose clients are there => the resources that each client watches. */
const watching = new Map();

function tellAll(tell) {
  for (const [server, watched] of watching) {
    Promise.resolve(tell(server, watched)).catch(console.error);
  }
}

const changed = {
  tools: () => tellAll((server) => server.sendToolListChanged()),
  prompts: () => tellAll((server) => server.sendPromptListChanged()),
  resources: () => tellAll((server) => server.sendResourceListChanged()),
  resource: (uri) =>
    tellAll((server, watched) => watched.has(uri) && server.sendResourceUpdated({ uri })),
};

/** What things may do while they serve one request; `client` is what is known of its session. */
function context(client, extra) {
  const progressToken = extra._meta?.progressToken;
  const notify = (method, params) => extra.sendNotification({ method, params });
  return {
    progressToken,
    capabilities: client.server.getClientCapabilities() ?? {},
    changed,
    cut: () => extra.closeSSEStream?.(),
    async log(level, data) {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(client.level)) return;
      await notify("notifications/message", { level, data });
    },
    async progress(progress, total, message) {
      if (progressToken === undefined) return;
      await notify("notifications/progress", { progressToken, progress, total, message });
    },
    async ask(questions) {
      const answers = Object.entries(questions).map(async ([key, { method, params }]) => {
        const request = { method, params: { ...params, _meta: { [KEY]: key } } };
        return [key, await extra.sendRequest(request, ANSWERS[method])];
      });
      return Object.fromEntries(await Promise.all(answers));
    },
  };
}

/** The thing of a name, or the error that there is none. */
function found(kind, list, name) {
  const thing = things.named(list, name);
  if (!thing) throw new mcp.McpError(mcp.ErrorCode.InvalidParams, `Unknown ${kind}: ${name}`);
  return thing;
}

function serveTools(client) {
  const { server } = client;
  const tools = things.TOOLS.map((tool) => tool.listed);
  server.setRequestHandler(mcp.ListToolsRequestSchema, () => ({ tools }));
  server.setRequestHandler(mcp.CallToolRequestSchema, async ({ params }, extra) => {
    const tool = found("tool", things.TOOLS, params.name);
    try {
      return await tool.call(params.arguments ?? {}, context(client, extra));
    } catch (error) {
      return { content: [{ type: "text", text: error.message }], isError: true };
    }
  });
  server.setRequestHandler(mcp.SetLevelRequestSchema, ({ params }) => {
    client.level = params.level;
    return {};
  });
}

function servePrompts(client) {
  const { server } = client;
  const prompts = things.PROMPTS.map((prompt) => prompt.listed);
  server.setRequestHandler(mcp.ListPromptsRequestSchema, () => ({ prompts }));
  server.setRequestHandler(mcp.GetPromptRequestSchema, ({ params }, extra) => {
    const prompt = found("prompt", things.PROMPTS, params.name);
    return prompt.get(params.arguments ?? {}, context(client, extra));
  });
  server.setRequestHandler(mcp.CompleteRequestSchema, ({ params }) => things.complete(params));
}

function serveResources({ server, watched }) {
  const [resources, resourceTemplates] = [things.RESOURCES, things.TEMPLATES];
  server.setRequestHandler(mcp.ListResourcesRequestSchema, () => ({ resources }));
  server.setRequestHandler(mcp.ListResourceTemplatesRequestSchema, () => ({ resourceTemplates }));
  server.setRequestHandler(mcp.ReadResourceRequestSchema, ({ params: { uri } }) => {
    const contents = things.read(uri);
    if (!contents) throw new mcp.McpError(RESOURCE_NOT_FOUND, "Resource not found", { uri });
    return contents;
  });
  server.setRequestHandler(mcp.SubscribeRequestSchema, ({ params: { uri } }) => {
    watched.add(uri);
    return {};
  });
  server.setRequestHandler(mcp.UnsubscribeRequestSchema, ({ params: { uri } }) => {
    watched.delete(uri);
    return {};
  });
}

function newServer() {
  const capabilities = things.CAPABILITIES;
  const server = new Server({ name: "legacy-peer", version: "1.0.0" }, { capabilities });
  const client = { server, watched: new Set(), level: "debug" };
  server.oninitialized = () => watching.set(server, client.watched);
  server.onclose = () => watching.delete(server);
  serveTools(client);
  servePrompts(client);
  serveResources(client);
  return server;
}

/** Without a session yet: takes `initialize`, and refuses all else in the SDK's own words. */
async function newTransport() {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: eventStore(),
    retryInterval: RETRY,
    onsessioninitialized: (id) => transports.set(id, transport),
    onsessionclosed: (id) => transports.delete(id),
  });
  await newServer().connect(transport);
  return transport;
}

/** As a transport refuses a session that is not its own. */
function refuse(response) {
  const error = { code: -32001, message: "Session not found" };
  response.writeHead(404, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", error, id: null }));
}

serve(async (request, response) => {
  const id = request.headers["mcp-session-id"];
  const transport = id ? transports.get(id) : await newTransport();
  if (transport) await transport.handleRequest(request, response);
  else refuse(response);
});
