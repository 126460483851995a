// @a2a-js/sdk 0.3.14, protocol 0.3 and nothing else, for a2a_matrix_agent.mjs.
import { randomUUID } from "node:crypto";
import {
  DefaultPushNotificationSender,
  DefaultRequestHandler,
  InMemoryPushNotificationStore,
  InMemoryTaskStore,
} from "a2a-js-v03/server";
import { agentCardHandler, jsonRpcHandler, restHandler, UserBuilder } from "a2a-js-v03/server/express";
import { A2AService, grpcService } from "a2a-js-v03/server/grpc";

const BINDINGS = { jsonrpc: "JSONRPC", rest: "HTTP+JSON", grpc: "GRPC" };
/** With these a stream of 0.3 ends. */
const FINAL = ["completed", "canceled", "failed", "rejected", "input-required"];

export class Sdk {
  static text(words) {
    return [{ kind: "text", text: words }];
  }

  /** What parts hold, by kind. */
  static contents(parts) {
    return parts.map(({ kind, file, ...raw }) => {
      if (kind !== "file") return [kind, raw[kind]];
      return file.bytes === undefined ? ["url", file.uri] : ["raw", Buffer.from(file.bytes, "base64")];
    });
  }

  /** What an agent says of a task. */
  static says({ userMessage, taskId, contextId }, bus) {
    const ids = { taskId, contextId };
    const message = (parts) => ({
      kind: "message",
      messageId: randomUUID(),
      role: "agent",
      contextId,
      parts,
    });
    const status = (state, words) => ({
      state,
      timestamp: new Date().toISOString(),
      ...(words && { message: { ...message(Sdk.text(words)), taskId } }),
    });
    const texts = userMessage.parts.filter(({ kind }) => kind === "text");
    return {
      id: taskId,
      parts: userMessage.parts,
      text: texts.map(({ text }) => text).join("\n"),
      message: (parts) => bus.publish(message(parts)),
      task: () => {
        const history = [{ ...userMessage, ...ids }];
        bus.publish({ kind: "task", id: taskId, contextId, status: status("submitted"), history });
      },
      status: (state, words) => {
        const final = FINAL.includes(state);
        bus.publish({ kind: "status-update", ...ids, status: status(state, words), final });
      },
      artifact: (artifactId, name, parts, append, lastChunk) => {
        const artifact = { artifactId, name, parts };
        bus.publish({ kind: "artifact-update", ...ids, artifact, append, lastChunk });
      },
    };
  }

  static card(urls, skills) {
    const interfaces = urls.map(([binding, url]) => ({ url, transport: BINDINGS[binding] }));
    return {
      name: "Matrix",
      description: "Does what it is told",
      version: "1.0.0",
      protocolVersion: "0.3.0",
      url: interfaces[0].url,
      preferredTransport: interfaces[0].transport,
      additionalInterfaces: interfaces,
      capabilities: { streaming: true, pushNotifications: true },
      supportsAuthenticatedExtendedCard: true,
      defaultInputModes: ["text/plain"],
      defaultOutputModes: ["text/plain"],
      skills,
    };
  }

  static serve(executor, card, extended, { app, server, bindings }) {
    const configs = new InMemoryPushNotificationStore();
    const requestHandler = new DefaultRequestHandler(
      card,
      new InMemoryTaskStore(),
      executor,
      undefined,
      configs,
      new DefaultPushNotificationSender(configs),
      // A card itself would be for authenticated users alone.
      async () => extended,
    );
    const options = { requestHandler, userBuilder: UserBuilder.noAuthentication };
    app.use("/.well-known/agent-card.json", agentCardHandler({ agentCardProvider: requestHandler }));
    if (bindings.includes("rest")) app.use("/", restHandler(options));
    if (bindings.includes("jsonrpc")) app.use("/", jsonRpcHandler(options));
    server?.addService(A2AService, grpcService(options));
  }
}
