// @a2a-js/sdk 1.3.0, which speaks protocol 1.0 here, for a2a_matrix.mjs.
import {
  AgentCard,
  ListTasksRequest,
  ListTasksResponse,
  Message,
  SendMessageRequest,
  StreamResponse,
  Task,
  TaskPushNotificationConfig,
} from "@a2a-js/sdk";
import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from "@a2a-js/sdk/client";
import { GrpcTransportFactory } from "@a2a-js/sdk/client/grpc";

export class Sdk {
  name = "js 1.3.0";
  version = "1.0";
  #args;
  #client;
  #options;

  constructor(args) {
    this.#args = args;
    this.#options = { serviceParameters: args.headers };
  }

  async card() {
    const { headers, transport, url } = this.#args;
    const all = [new JsonRpcTransportFactory(), new RestTransportFactory(), new GrpcTransportFactory()];
    const fetchImpl = (at, init) => fetch(at, { ...init, headers: { ...init?.headers, ...headers } });
    const resolver = new DefaultAgentCardResolver({ fetchImpl });
    const transports = all.filter(({ protocolName }) => protocolName === transport);
    const card = await resolver.resolve(url);
    this.#client = await new ClientFactory({ transports }).createFromAgentCard(card);
    return AgentCard.toJSON(card);
  }

  async send(message, push) {
    const configuration = push && { taskPushNotificationConfig: push };
    const request = SendMessageRequest.fromJSON({ message, configuration });
    const answer = await this.#client.sendMessage(request, this.#options);
    return "messageId" in answer
      ? { message: Message.toJSON(answer) }
      : { task: Task.toJSON(answer) };
  }

  async *stream(message) {
    const request = SendMessageRequest.fromJSON({ message });
    for await (const event of this.#client.sendMessageStream(request, this.#options)) {
      yield StreamResponse.toJSON(event);
    }
  }

  async get(id) {
    return Task.toJSON(await this.#client.getTask({ tenant: "", id, historyLength: 10 }, this.#options));
  }

  async list(contextId) {
    const request = ListTasksRequest.fromJSON({ contextId, includeArtifacts: true });
    return ListTasksResponse.toJSON(await this.#client.listTasks(request, this.#options));
  }

  async cancel(id) {
    const request = { tenant: "", id, metadata: undefined };
    return Task.toJSON(await this.#client.cancelTask(request, this.#options));
  }

  async *subscribe(id) {
    for await (const event of this.#client.resubscribeTask({ tenant: "", id }, this.#options)) {
      yield StreamResponse.toJSON(event);
    }
  }

  async pushSet(taskId, config) {
    const request = TaskPushNotificationConfig.fromJSON({ ...config, taskId });
    const answer = await this.#client.createTaskPushNotificationConfig(request, this.#options);
    return TaskPushNotificationConfig.toJSON(answer);
  }

  async pushGet(taskId, id) {
    const request = { tenant: "", taskId, id };
    const answer = await this.#client.getTaskPushNotificationConfig(request, this.#options);
    return TaskPushNotificationConfig.toJSON(answer);
  }

  async pushList(taskId) {
    const request = { tenant: "", taskId, pageSize: 0, pageToken: "" };
    const answer = await this.#client.listTaskPushNotificationConfig(request, this.#options);
    return answer.configs.map(TaskPushNotificationConfig.toJSON);
  }

  async pushDelete(taskId, id) {
    await this.#client.deleteTaskPushNotificationConfig({ tenant: "", taskId, id }, this.#options);
  }

  async extendedCard() {
    return AgentCard.toJSON(await this.#client.getAgentCard(this.#options));
  }

  error(error) {
    // The classes of a binding are named after it.
    const name = (error.name ?? "").replace(/^(JsonRpc|Rest|Grpc)/, "").replace(/Error$/, "");
    return { name, text: String(error.message).slice(0, 200) };
  }
}
