// What the Node.js matrix clients do: the steps of a2a_matrix_lib.py, which tells of them.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { changes, Marks, stateOf } from "./a2a_matrix_forms.mjs";

/** How long a step may take, in milliseconds. */
const LIMIT = 20_000;

const DATA = { whole: 42, half: 1.5, yes: true, list: [1, "two", { three: 3.25 }] };
const base64 = (bytes) => Buffer.from(bytes).toString("base64");
const PARTS = [
  { data: DATA },
  { raw: base64("some bytes"), mediaType: "text/plain", filename: "a.txt" },
  { url: "https://example.com/b.png", mediaType: "image/png", filename: "b.png" },
];
const BINARY = { raw: base64([0, 255, 128, 10]), mediaType: "image/png" };
const TOKEN = "push-token";
const AUTHENTICATION = { scheme: "Bearer", credentials: "push-credentials" };

async function collected(items) {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Where notifications come to. */
class Receiver {
  #got = [];
  #waiting = () => {};

  async open() {
    const server = createServer(async (request, response) => {
      const chunks = await collected(request);
      this.#got.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks)) });
      response.end();
      this.#waiting();
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    this.url = `http://127.0.0.1:${server.address().port}/hook`;
    return this;
  }

  /** What came up to this state of a task. */
  async until(state) {
    const there = () => this.#got.some(({ body }) => stateOf(body) === state);
    while (!there()) await new Promise((come) => (this.#waiting = come));
    return this.#got;
  }
}

/** The steps. Each gives its outcome. */
class Steps {
  #sdk;
  #marks = new Marks();

  constructor(sdk) {
    this.#sdk = sdk;
  }

  async take(name) {
    this.#marks = new Marks();
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end in ${LIMIT} ms`)), LIMIT);
    });
    try {
      return { ok: await Promise.race([this[name](), late]) };
    } catch (error) {
      return { error: words(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  send_echo = () => this.#sent("echo this", ...PARTS);
  /** Bytes that are no text. */
  send_binary = () => this.#sent("echo bytes", BINARY);
  /** Data that is nothing, which not every SDK can write. */
  send_null = () => this.#sent("echo null", { data: { none: null } });
  send_message = () => this.#sent("message this", ...PARTS);
  send_fail = () => this.#sent("fail");
  send_reject = () => this.#sent("reject");
  stream = () => this.#streamed("stream 3");
  stream_message = () => this.#streamed("message this");

  ask = async () => {
    const { task } = await this.#sdk.send(this.#message("ask me"));
    const asked = this.#marks.task(task);
    return { asked, done: this.#marks.task(await this.#answered(task)) };
  };

  get = async () => {
    const { task } = await this.#sdk.send(this.#message("echo this", PARTS));
    return this.#marks.task(await this.#sdk.get(task.id));
  };

  list = async () => {
    const { task } = await this.#sdk.send(this.#message("echo this"));
    const page = await this.#sdk.list(task.contextId);
    const tasks = page.tasks.map((it) => this.#marks.task(it));
    return { tasks, total: page.totalSize ?? null, next: page.nextPageToken ?? "" };
  };

  /** A stream's task, cancelled by another call; the stream ends by it. */
  cancel = async () => {
    const states = [];
    let answer;
    for await (const event of this.#sdk.stream(this.#message("slow"))) {
      states.push(stateOf(event));
      if (!answer && event.statusUpdate) answer = await this.#sdk.cancel(event.statusUpdate.taskId);
    }
    return { answer: answer.status.state, stream: changes(states) };
  };

  /** A second stream of a task, which is cancelled when the second has told something. */
  subscribe = async () => {
    const other = [];
    let told;
    for await (const event of this.#sdk.stream(this.#message("slow"))) {
      other.push(stateOf(event));
      if (event.statusUpdate) told ??= this.#follow(event.statusUpdate.taskId);
    }
    return { ...(await told), other: changes(other) };
  };

  push = async () => {
    const receiver = await new Receiver().open();
    this.#marks.known(receiver.url, "RECEIVER");
    const { task } = await this.#sdk.send(this.#message("ask me"));
    this.#marks.task(task);
    const config = { id: "config-1", url: receiver.url, token: TOKEN, authentication: AUTHENTICATION };
    const sdk = this.#sdk;
    const told = {};
    told.set = await this.#tried(() => sdk.pushSet(task.id, config));
    told.get = await this.#tried(() => sdk.pushGet(task.id, config.id));
    told.list = await this.#tried(() => sdk.pushList(task.id));
    await this.#answered(task);
    if (!told.set?.error) {
      told.received = this.#marks.notifications(await receiver.until("TASK_STATE_COMPLETED"));
    }
    told.delete = await this.#tried(() => sdk.pushDelete(task.id, config.id));
    told.left = await this.#tried(() => sdk.pushList(task.id));
    return told;
  };

  /** A configuration that comes with the message. */
  push_inline = async () => {
    const receiver = await new Receiver().open();
    const config = { id: "config-1", url: receiver.url, token: TOKEN };
    this.#marks.event(await this.#sdk.send(this.#message("echo this"), config));
    return this.#marks.notifications(await receiver.until("TASK_STATE_COMPLETED"));
  };

  extended_card = async () => card(await this.#sdk.extendedCard());

  errors = async () => {
    const sdk = this.#sdk;
    const done = (await sdk.send(this.#message("echo this"))).task.id;
    const ended = (await sdk.send(this.#message("reject"))).task;
    const ofEnded = { taskId: ended.id, contextId: ended.contextId };
    const send = (ids) => this.#refused(() => sdk.send(this.#message("more", [], ids)));
    return {
      get_unknown: await this.#refused(() => sdk.get("no-such-task")),
      cancel_unknown: await this.#refused(() => sdk.cancel("no-such-task")),
      cancel_done: await this.#refused(() => sdk.cancel(done)),
      send_to_unknown: await send({ taskId: "no" }),
      send_to_ended: await send(ofEnded),
      subscribe_done: await this.#refused(async () => (await sdk.subscribe(done).next()).value ?? "nothing"),
    };
  };

  #message(text, more = [], ofTask = {}) {
    const message = { messageId: randomUUID(), role: "ROLE_USER", ...ofTask };
    this.#marks.messageId(message.messageId);
    return { ...message, parts: [{ text }, ...more] };
  }

  async #sent(text, ...more) {
    return this.#marks.event(await this.#sdk.send(this.#message(text, more)));
  }

  async #streamed(text) {
    const events = await collected(this.#sdk.stream(this.#message(text)));
    return events.map((event) => this.#marks.event(event));
  }

  async #answered({ id, contextId }) {
    return (await this.#sdk.send(this.#message("this", [], { taskId: id, contextId }))).task;
  }

  async #follow(task) {
    const states = [];
    let first;
    for await (const event of this.#sdk.subscribe(task)) {
      states.push(stateOf(event));
      if (first) continue;
      [first] = Object.keys(event);
      await this.#sdk.cancel(task);
    }
    return { first, states: changes(states) };
  }

  /** A part of a step that may fail by itself. */
  async #tried(call) {
    try {
      return this.#marks.push(await call());
    } catch (error) {
      return { error: words(error) };
    }
  }

  async #refused(call) {
    try {
      await call();
      return { answered: true };
    } catch (error) {
      return this.#sdk.error(error);
    }
  }
}

export const words = (error) => `${error?.name}: ${error?.message ?? error}`.slice(0, 500);

function card({ name, version, skills }) {
  return { name, version, skills: skills.map(({ id }) => id) };
}

/** Takes the steps and gives what came of them. */
export async function run(sdk, { binding, only }) {
  const told = { sdk: sdk.name, version: sdk.version, binding };
  try {
    told.card = card(await sdk.card());
    const steps = new Steps(sdk);
    const wanted = only.split(",").filter(Boolean);
    told.steps = {};
    for (const name of Object.keys(steps)) {
      if (name === "list" && !sdk.list) continue;
      if (!wanted.length || wanted.includes(name)) told.steps[name] = await steps.take(name);
    }
  } catch (error) {
    told.error = words(error);
  }
  return told;
}
