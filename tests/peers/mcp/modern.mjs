// An MCP server of 2026-07-28 alone (TypeScript SDK v2), at /mcp: requests of before are refused.
// Its questions are results, which the client answers in a retry; what was answered in rounds
// before comes back in a signed state.
import { randomBytes } from "node:crypto";

import { toNodeHandler } from "@modelcontextprotocol/node";
import {
  CLIENT_CAPABILITIES_META_KEY,
  createMcpHandler,
  createRequestStateCodec,
  fromJsonSchema,
  inputRequired,
  inputResponse,
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
} from "@modelcontextprotocol/server";

import { serve } from "./serve.mjs";
import * as things from "./things.mjs";

const TOOLS = [...things.TOOLS, things.HEADERS];

/** How the SDK calls an answer to each kind of question. */
const KINDS = {
  "elicitation/create": "elicit",
  "roots/list": "roots",
  "sampling/createMessage": "sampling",
};

/** The lists never change, and are the same for everyone. */
const LISTED = { ttlMs: 60_000, cacheScope: "public" };

const state = createRequestStateCodec({ key: randomBytes(32), bind: (ctx) => ctx.mcpReq.method });

/** Thrown by `ask`: the handler starts anew when the answers are there. */
class Unanswered extends Error {
  constructor(questions, answers) {
    super("questions are open");
    this.questions = questions;
    this.answers = answers;
  }
}

/** The answer that this request brings to a question; undefined where it brings none that fits. */
function answer({ inputResponses }, key, { method }) {
  const fits = inputResponse(inputResponses, key).kind === KINDS[method];
  return fits ? inputResponses[key] : undefined;
}

/** What things may do while they serve one request. */
function context({ mcpReq }) {
  const progressToken = mcpReq._meta?.progressToken;
  const answers = { ...mcpReq.requestState() };
  return {
    progressToken,
    capabilities: mcpReq.envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? {},
    changed,
    cut: () => {},
    log: (level, data) => mcpReq.log(level, data),
    async progress(progress, total, message) {
      if (progressToken === undefined) return;
      const params = { progressToken, progress, total, message };
      await mcpReq.notify({ method: "notifications/progress", params });
    },
    ask(questions, stateful) {
      const open = {};
      for (const [key, question] of Object.entries(questions)) {
        answers[key] ??= answer(mcpReq, key, question);
        if (answers[key] === undefined) open[key] = question;
      }
      if (Object.keys(open).length > 0) throw new Unanswered(open, stateful && answers);
      return answers;
    },
  };
}

/** Serves a thing, and asks what is unanswered. */
async function asking(ctx, serve) {
  try {
    return await serve(context(ctx));
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    const inputRequests = error.questions;
    if (!error.answers) return inputRequired({ inputRequests });
    return inputRequired({ inputRequests, requestState: await state.mint(error.answers, ctx) });
  }
}

/** The thing of a name, or the error that there is none. */
function found(kind, list, name) {
  const thing = things.named(list, name);
  if (!thing) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown ${kind}: ${name}`);
  return thing;
}

function serveTools(server) {
  server.setRequestHandler("tools/list", () => ({ tools: TOOLS.map((tool) => tool.listed) }));
  server.setRequestHandler("tools/call", ({ params }, ctx) => {
    const tool = found("tool", TOOLS, params.name);
    return asking(ctx, async (context) => {
      try {
        return await tool.call(params.arguments ?? {}, context);
      } catch (error) {
        if (error instanceof Unanswered) throw error;
        return { content: [{ type: "text", text: error.message }], isError: true };
      }
    });
  });
}

function servePrompts(server) {
  const prompts = things.PROMPTS.map((prompt) => prompt.listed);
  server.setRequestHandler("prompts/list", () => ({ prompts }));
  server.setRequestHandler("prompts/get", ({ params }, ctx) => {
    const prompt = found("prompt", things.PROMPTS, params.name);
    return asking(ctx, async (context) => prompt.get(params.arguments ?? {}, context));
  });
  server.setRequestHandler("completion/complete", ({ params }) => things.complete(params));
}

function serveResources(server) {
  const [resources, resourceTemplates] = [things.RESOURCES, things.TEMPLATES];
  server.setRequestHandler("resources/list", () => ({ resources }));
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates }));
  server.setRequestHandler("resources/read", ({ params: { uri } }) => {
    const contents = things.read(uri);
    if (!contents) throw new ResourceNotFoundError(uri);
    return contents;
  });
}

/** A server for one request. */
function newServer() {
  const options = {
    capabilities: things.CAPABILITIES,
    cacheHints: { "tools/list": LISTED, "prompts/list": LISTED, "resources/list": LISTED },
    requestState: { verify: state.verify },
  };
  const mcp = new McpServer({ name: "modern-peer", version: "1.0.0" }, options);
  // The SDK holds headers against the arguments of tools that it has registered, and these alone.
  const { name, inputSchema } = things.HEADERS.listed;
  mcp.registerTool(name, { inputSchema: fromJsonSchema(inputSchema) }, things.HEADERS.call);
  serveTools(mcp.server);
  servePrompts(mcp.server);
  serveResources(mcp.server);
  return mcp;
}

const handler = createMcpHandler(newServer, { legacy: "reject", onerror: console.error });

const changed = {
  tools: () => handler.notify.toolsChanged(),
  prompts: () => handler.notify.promptsChanged(),
  resources: () => handler.notify.resourcesChanged(),
  resource: (uri) => handler.notify.resourceUpdated(uri),
};

serve(toNodeHandler(handler));
