// @a2a-js/sdk 0.3.14, which speaks protocol 0.3 and nothing else, for a2a_matrix.mjs.
import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from "a2a-js-v03/client";
import { GrpcTransportFactory } from "a2a-js-v03/client/grpc";
import { v03Message, v03Push, v1, v1Event, v1Push } from "./a2a_matrix_forms.mjs";

const CODES = {
  "-32600": "InvalidRequest",
  "-32602": "InvalidParams",
  400: "InvalidRequest",
  404: "TaskNotFound",
  409: "TaskNotCancelable",
  422: "InvalidParams",
  "grpc 3": "InvalidParams",
  "grpc 5": "TaskNotFound",
  "grpc 9": "TaskNotCancelable",
};

export class Sdk {
  name = "js 0.3.14";
  version = "0.3";
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
    return card;
  }

  async send(message, push) {
    const configuration = push && { pushNotificationConfig: v03Push(push) };
    const request = { message: v03Message(message), configuration };
    return v1Event(await this.#client.sendMessage(request, this.#options));
  }

  async *stream(message) {
    const request = { message: v03Message(message) };
    for await (const event of this.#client.sendMessageStream(request, this.#options)) {
      yield v1Event(event);
    }
  }

  async get(id) {
    return v1(await this.#client.getTask({ id, historyLength: 10 }, this.#options));
  }

  async cancel(id) {
    return v1(await this.#client.cancelTask({ id }, this.#options));
  }

  async *subscribe(id) {
    for await (const event of this.#client.resubscribeTask({ id }, this.#options)) {
      yield v1Event(event);
    }
  }

  async pushSet(taskId, config) {
    const request = { taskId, pushNotificationConfig: v03Push(config) };
    return v1Push(await this.#client.setTaskPushNotificationConfig(request, this.#options));
  }

  async pushGet(id, pushNotificationConfigId) {
    const request = { id, pushNotificationConfigId };
    return v1Push(await this.#client.getTaskPushNotificationConfig(request, this.#options));
  }

  async pushList(id) {
    return (await this.#client.listTaskPushNotificationConfig({ id }, this.#options)).map(v1Push);
  }

  async pushDelete(id, pushNotificationConfigId) {
    const request = { id, pushNotificationConfigId };
    await this.#client.deleteTaskPushNotificationConfig(request, this.#options);
  }

  async extendedCard() {
    return this.#client.getAgentCard(this.#options);
  }

  /** Only some errors have classes; of the others the text tells. */
  error(error) {
    const text = String(error.message).slice(0, 200);
    const known = error.constructor.name.replace(/(JSONRPC|JSONRPCTransport)?Error$/, "");
    const told = /(\w+)Error: /.exec(text)?.[1];
    const code = /\(Code: (-?\d+)\)|Status: (\d+)|^GRPC error for \w+! (\d+)/.exec(text);
    const number = code?.[1] ?? code?.[2] ?? (code && `grpc ${code[3]}`);
    return { name: known || told || CODES[number] || number || "Error", text };
  }
}
