// @a2a-js/sdk 1.3.0, protocol 1.0, for a2a_matrix_agent.mjs.
import { randomUUID } from "node:crypto";
import { AgentCard, Artifact, Message, Part, Task, TaskStatus } from "@a2a-js/sdk";
import {
  AgentEvent,
  DefaultPushNotificationSender,
  DefaultRequestHandler,
  InMemoryPushNotificationStore,
  InMemoryTaskStore,
} from "@a2a-js/sdk/server";
import { agentCardHandler, jsonRpcHandler, restHandler, UserBuilder } from "@a2a-js/sdk/server/express";
import { A2AService, grpcService } from "@a2a-js/sdk/server/grpc";

const BINDINGS = { jsonrpc: "JSONRPC", rest: "HTTP+JSON", grpc: "GRPC" };

export class Sdk {
  static text(words) {
    return [Part.fromJSON({ text: words })];
  }

  /** What parts hold, by kind. */
  static contents(parts) {
    return parts.map(({ content }) => [content.$case, content.value]);
  }

  /** What an agent says of a task. */
  static says({ userMessage, taskId, contextId }, bus) {
    const ids = { taskId, contextId };
    const message = (parts) => ({
      ...Message.fromJSON({ messageId: randomUUID(), role: "ROLE_AGENT", contextId }),
      parts,
    });
    const status = (state, words) => ({
      ...TaskStatus.fromJSON({
        state: `TASK_STATE_${state.toUpperCase().replace("-", "_")}`,
        timestamp: new Date().toISOString(),
      }),
      message: words && { ...message(Sdk.text(words)), taskId },
    });
    const texts = userMessage.parts.filter(({ content }) => content.$case === "text");
    return {
      id: taskId,
      parts: userMessage.parts,
      text: texts.map(({ content }) => content.value).join("\n"),
      message: (parts) => bus.publish(AgentEvent.message(message(parts))),
      task: () => {
        const task = Task.fromJSON({ id: taskId, contextId });
        const history = [{ ...userMessage, ...ids }];
        bus.publish(AgentEvent.task({ ...task, status: status("submitted"), history }));
      },
      status: (state, words) => {
        bus.publish(AgentEvent.statusUpdate({ ...ids, status: status(state, words), metadata: undefined }));
      },
      artifact: (artifactId, name, parts, append, lastChunk) => {
        const artifact = { ...Artifact.fromJSON({ artifactId, name }), parts };
        const update = { ...ids, artifact, append, lastChunk, metadata: undefined };
        bus.publish(AgentEvent.artifactUpdate(update));
      },
    };
  }

  static card(urls, skills) {
    return AgentCard.fromJSON({
      name: "Matrix",
      description: "Does what it is told",
      version: "1.0.0",
      supportedInterfaces: urls.map(([binding, url]) => ({
        url,
        protocolBinding: BINDINGS[binding],
        protocolVersion: "1.0",
      })),
      capabilities: { streaming: true, pushNotifications: true, extendedAgentCard: true },
      defaultInputModes: ["text/plain"],
      defaultOutputModes: ["text/plain"],
      skills,
    });
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
