// What both MCP clients check. The tools are those of the example server "everything"; another
// server needs tools of the same arguments under the names that the options give.
import assert from "node:assert/strict";

import { arguments_, Checks } from "./lib.mjs";

export const CAPABILITIES = { sampling: {}, elicitation: {} };

/** The answers of this client to what the server asks of it. */
export const SAMPLED = {
  role: "assistant",
  model: "test-model",
  stopReason: "endTurn",
  content: { type: "text", text: "sampled by the client" },
};
export const ELICITED = { action: "accept", content: { name: "Grace Hopper", check: true } };

export function mcpArguments() {
  return arguments_({
    mode: "auto",
    only: "",
    "echo-tool": "echo",
    "progress-tool": "trigger-long-running-operation",
    "sampling-tool": "trigger-sampling-request",
    "elicitation-tool": "trigger-elicitation-request",
    "expect-version": "",
  });
}

const textOf = (result) => result.content.map((block) => block.text ?? "").join("");

/**
 * Runs the checks that --only leaves, between connecting and closing.
 *
 * @param connect  connects, and resolves to the client and the version agreed on
 * @param call     calls a tool: (client, params, options) => result
 */
export async function runChecks(name, args, connect, call) {
  const checks = new Checks(name, args.only);
  let client;
  const connected = await checks.check("connect", async () => {
    let version;
    ({ client, version } = await connect());
    assert.ok(version, "no version was agreed on");
    if (args["expect-version"]) assert.equal(version, args["expect-version"]);
  });
  if (!connected) checks.exit();
  const check = async (title, body) => {
    if (checks.wants(title)) await checks.check(title, body);
  };

  await check("tools", async () => {
    const { tools } = await client.listTools();
    const echo = tools.find((tool) => tool.name === args["echo-tool"]);
    assert.ok(echo, `no tool ${args["echo-tool"]} in ${tools.map((tool) => tool.name)}`);
    assert.equal(echo.inputSchema.type, "object");
  });
  await check("echo", async () => {
    // Several at once, so that answers must find their questions; and bytes that escape in JSON.
    const said = ["one", 'two "2" \\ é 漢 🦀', "three\n3", "four", "five"];
    const results = await Promise.all(
      said.map((message) => call(client, { name: args["echo-tool"], arguments: { message } })),
    );
    results.forEach((result, i) => assert.ok(textOf(result).includes(said[i]), textOf(result)));
  });
  await check("progress", async () => {
    const seen = [];
    const params = { name: args["progress-tool"], arguments: { duration: 0.5, steps: 5 } };
    const result = await call(client, params, { onprogress: (p) => seen.push(p.progress) });
    assert.ok(textOf(result), "no result");
    assert.deepEqual(seen, [1, 2, 3, 4, 5]);
  });
  await check("sampling", async () => {
    const params = { name: args["sampling-tool"], arguments: { prompt: "hello", maxTokens: 9 } };
    const text = textOf(await call(client, params));
    assert.ok(text.includes(SAMPLED.content.text), text);
  });
  await check("elicitation", async () => {
    const text = textOf(await call(client, { name: args["elicitation-tool"], arguments: {} }));
    assert.ok(text.includes(ELICITED.content.name), text);
  });
  await check("unknown_tool", async () => {
    // Servers of before and after 2025-11-25 differ: an error of the protocol, or of the tool.
    const result = await call(client, { name: "no-such-tool", arguments: {} }).catch((e) => e);
    assert.ok(result instanceof Error || result.isError, JSON.stringify(result));
  });
  await check("resources", async () => {
    const { resources } = await client.listResources();
    const { contents } = await client.readResource({ uri: resources[0].uri });
    assert.equal(contents[0].uri, resources[0].uri);
  });
  await check("prompts", async () => {
    const { prompts } = await client.listPrompts();
    const plain = prompts.find((prompt) => !prompt.arguments?.length);
    const { messages } = await client.getPrompt({ name: plain.name });
    assert.ok(messages.length > 0);
  });
  await checks.check("close", () => client.close());
  checks.exit();
}
