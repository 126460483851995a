// A matrix agent of the Node.js SDK: 1.3.0 with protocol 1.0, or 0.3.14 with 0.3. See a2a_matrix_lib.py,
// whose words it knows. [PORT] --sdk v1|v03 [--binding jsonrpc|rest|grpc]... [--only-from TOKEN]
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import * as grpc from "@grpc/grpc-js";
import express from "express";
import { quietStdout, ready } from "./lib.mjs";

const GATE = "x-matrix-gate";
/** How often a slow task says that it works, in milliseconds. */
const TICK = 200;
const REASONS = { fail: "told to fail", reject: "told to refuse" };
const ENDS = { fail: "failed", reject: "rejected" };
const SKILLS = [
  { id: "echo", name: "Echo", description: "Says it again", tags: ["test"] },
  { id: "secret", name: "Secret", description: "For those who ask", tags: ["test"] },
];

const string = { type: "string" };
const { values: args, positionals } = parseArgs({
  options: {
    sdk: string,
    binding: { ...string, multiple: true, default: ["jsonrpc", "rest", "grpc"] },
    "only-from": string,
  },
  allowPositionals: true,
});
const token = args["only-from"];
const { Sdk } = await import(`./a2a_matrix_${args.sdk}.mjs`);

/** Tasks that somebody cancels. */
const cancelled = new Set();

const executor = {
  async execute(context, bus) {
    const say = Sdk.says(context, bus);
    const [, word, rest] = /^(\S*) ?(.*)/s.exec(say.text);
    if (word === "message") say.message(say.parts);
    else await work(say, context.task ? "echo" : word, rest, context.task);
    bus.finished();
  },

  async cancelTask(id) {
    cancelled.add(id);
  },
};

async function work(say, word, rest, known) {
  if (!known) say.task();
  say.status("working");
  switch (word) {
    case "stream":
      for (let i = 0; i < Number(rest); i++) {
        say.artifact("stream", "stream", Sdk.text(`chunk ${i}`), i > 0, i === rest - 1);
      }
      return say.status("completed");
    case "ask":
      return say.status("input-required", "what else?");
    case "slow":
      while (!cancelled.has(say.id)) {
        await sleep(TICK);
        if (!cancelled.has(say.id)) say.status("working");
      }
      return say.status("canceled");
    case "fail":
    case "reject":
      return say.status(ENDS[word], REASONS[word]);
    default:
      say.artifact("echo", `echo: ${sizes(Sdk.contents(say.parts))}`, say.parts, false, true);
      return say.status("completed");
  }
}

/** What the agent's SDK gave it, in numbers: those of a2a_matrix_lib.py. */
function sizes(contents) {
  const size = (value) => value.length ?? Object.keys(value).length;
  const of = (kind) => contents.filter(([it]) => it === kind).map(([, value]) => `${kind} ${size(value)}`);
  return ["text", "data", "raw", "url"].flatMap(of).join(", ");
}

/** gRPC's gate: PERMISSION_DENIED to those who do not know the token. */
function gate(_, call) {
  const start = (next) => {
    const onReceiveMetadata = (metadata, pass) => {
      if (token === undefined || metadata.get(GATE).includes(token)) return pass(metadata);
      call.sendStatus({ code: grpc.status.PERMISSION_DENIED, details: "not by the gateway" });
    };
    next(new grpc.ServerListenerBuilder().withOnReceiveMetadata(onReceiveMetadata).build());
  };
  return new grpc.ServerInterceptingCall(call, new grpc.ResponderBuilder().withStart(start).build());
}

quietStdout();
const app = express();
app.use((request, response, next) => {
  if (token === undefined || request.headers[GATE] === token) next();
  else response.status(403).send("not by the gateway");
});
const listening = app.listen(Number(positionals[0] ?? 0), "127.0.0.1", async () => {
  const { port } = listening.address();
  const urls = { jsonrpc: `http://127.0.0.1:${port}`, rest: `http://127.0.0.1:${port}` };
  let server;
  if (args.binding.includes("grpc")) {
    server = new grpc.Server({ interceptors: [gate] });
    const insecure = grpc.ServerCredentials.createInsecure();
    const bind = (done) => server.bindAsync("127.0.0.1:0", insecure, (error, at) => done(error ?? at));
    urls.grpc = `127.0.0.1:${await new Promise(bind)}`;
  }
  const card = (skills) => Sdk.card(args.binding.map((binding) => [binding, urls[binding]]), skills);
  Sdk.serve(executor, card(SKILLS.slice(0, 1)), card(SKILLS), { app, server, bindings: args.binding });
  ready(port);
  if (server) process.stdout.write(`GRPC ${urls.grpc.split(":")[1]}\n`);
});
