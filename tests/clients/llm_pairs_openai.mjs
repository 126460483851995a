// The OpenAI SDK of Node.js in the matrix of models: Chat Completions and Responses.

import assert from "node:assert";
import OpenAI from "openai";
import {
  answer, listening, run, IMAGE, MAX_TOKENS, SCHEMA, SECONDS, SYSTEM, TOOLS, WITH_THOUGHTS, WITH_TOOLS,
} from "./llm_pairs_lib.mjs";

const URL = `data:image/png;base64,${IMAGE}`;
const FORMAT = { name: "weather", schema: SCHEMA, strict: true };

function sdk(url, losses) {
  return new OpenAI({
    baseURL: `${url}/v1`,
    apiKey: "of-the-client",
    maxRetries: 0,
    timeout: SECONDS * 1000,
    fetch: listening(losses),
  });
}

function tool([name, description, parameters]) {
  return { name, description, parameters, strict: true };
}

class Chat {
  name = "ts-chat";
  losses = [];

  constructor(url, model) {
    this.sdk = sdk(url, this.losses);
    this.model = model;
  }

  request(scene, prompt) {
    const parts = [{ type: "text", text: prompt }, { type: "image_url", image_url: { url: URL } }];
    const content = scene === "image" ? parts : prompt;
    const messages = [{ role: "system", content: SYSTEM }, { role: "user", content }];
    const asked = { model: this.model, messages, max_completion_tokens: MAX_TOKENS };
    if (scene === "text") asked.temperature = 0.5;
    if (scene === "schema") asked.response_format = { type: "json_schema", json_schema: FORMAT };
    if (WITH_THOUGHTS.includes(scene)) asked.reasoning_effort = "low";
    if (WITH_TOOLS.includes(scene)) {
      asked.tools = TOOLS.map((of) => ({ type: "function", function: tool(of) }));
    }
    return asked;
  }

  async ask(request, stream) {
    if (!stream) return this.sdk.chat.completions.create(request);
    const options = { stream_options: { include_usage: true } };
    const events = this.sdk.chat.completions.stream({ ...request, ...options });
    // The SDK puts together what it knows; thoughts are no part of OpenAI's own dialect.
    let thoughts = "";
    events.on("chunk", (chunk) => {
      thoughts += chunk.choices[0]?.delta.reasoning_content ?? "";
    });
    const whole = await events.finalChatCompletion().catch((error) => {
      if (error.constructor.name !== "LengthFinishReasonError") throw error;
      return { ...events.currentChatCompletionSnapshot, cut: true };
    });
    const message = whole.choices[0].message;
    if (thoughts) message.reasoning_content = thoughts;
    return whole;
  }

  told({ choices: [{ message, finish_reason }], usage }) {
    const calls = message.tool_calls ?? [];
    return answer({
      text: message.content ?? "",
      calls: calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]),
      thoughts: message.reasoning_content ?? "",
      stop: { stop: "stop", tool_calls: "tool", length: "length" }[finish_reason],
      usage: {
        input: usage.prompt_tokens,
        output: usage.completion_tokens,
        total: usage.total_tokens,
        cached: usage.prompt_tokens_details?.cached_tokens,
        reasoning: usage.completion_tokens_details?.reasoning_tokens,
      },
    });
  }

  replied(request, { choices: [{ message }] }, results) {
    const { parsed, refusal, annotations, ...said } = message;
    said.tool_calls = message.tool_calls.map((call) => {
      const { parsed_arguments, ...own } = call.function;
      return { ...call, function: own };
    });
    const told = message.tool_calls.map((call) => ({
      role: "tool",
      tool_call_id: call.id,
      content: JSON.stringify(results[call.function.name]),
    }));
    return { ...request, messages: [...request.messages, said, ...told] };
  }
}

class Responses {
  name = "ts-responses";
  losses = [];

  constructor(url, model) {
    this.sdk = sdk(url, this.losses);
    this.model = model;
  }

  request(scene, prompt) {
    const image = { type: "input_image", image_url: URL, detail: "auto" };
    const content = scene === "image" ? [{ type: "input_text", text: prompt }, image] : prompt;
    const asked = {
      model: this.model,
      input: [{ role: "user", content }],
      instructions: SYSTEM,
      max_output_tokens: MAX_TOKENS,
    };
    if (scene === "text") asked.temperature = 0.5;
    if (scene === "schema") asked.text = { format: { type: "json_schema", ...FORMAT } };
    if (WITH_THOUGHTS.includes(scene)) {
      asked.reasoning = { effort: "low", summary: "auto" };
      asked.include = ["reasoning.encrypted_content"];
      asked.store = false;
    }
    if (WITH_TOOLS.includes(scene)) {
      asked.tools = TOOLS.map((of) => ({ type: "function", ...tool(of) }));
    }
    return asked;
  }

  async ask(request, stream) {
    if (!stream) return this.sdk.responses.create(request);
    const deltas = {};
    const events = this.sdk.responses.stream(request);
    for await (const event of events) {
      if (event.type.endsWith(".delta")) {
        deltas[event.type] = (deltas[event.type] ?? "") + event.delta;
      }
    }
    const whole = await events.finalResponse();
    // What the last event tells is what the deltas told.
    const { text, thoughts } = this.told(whole);
    assert.equal(deltas["response.output_text.delta"] ?? "", text);
    assert.equal(deltas["response.reasoning_summary_text.delta"] ?? "", thoughts);
    return whole;
  }

  told(whole) {
    const of = (type) => whole.output.filter((item) => item.type === type);
    const calls = of("function_call").map((call) => [call.name, JSON.parse(call.arguments)]);
    const summaries = of("reasoning").flatMap((item) => item.summary);
    const texts = of("message").flatMap((item) => item.content);
    return answer({
      text: texts.map((part) => part.text).join(""),
      calls,
      thoughts: summaries.map((part) => part.text).join(""),
      stop: calls.length ? "tool" : { completed: "stop", incomplete: "length" }[whole.status],
      usage: {
        input: whole.usage.input_tokens,
        output: whole.usage.output_tokens,
        total: whole.usage.total_tokens,
        cached: whole.usage.input_tokens_details.cached_tokens,
        reasoning: whole.usage.output_tokens_details.reasoning_tokens,
      },
    });
  }

  replied(request, whole, results) {
    const said = whole.output.map(({ parsed_arguments, ...item }) => item);
    const calls = whole.output.filter((item) => item.type === "function_call");
    const told = calls.map(({ call_id, name }) => ({
      type: "function_call_output",
      call_id,
      output: JSON.stringify(results[name]),
    }));
    return { ...request, input: [...request.input, ...said, ...told] };
  }
}

await run(Chat, Responses);
