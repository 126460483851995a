// The Anthropic SDK of Node.js in the matrix of models.

import Anthropic from "@anthropic-ai/sdk";
import {
  answer, listening, run, BUDGET, IMAGE, MAX_TOKENS, SCHEMA, SECONDS, SYSTEM, TOOLS, WITH_THOUGHTS,
  WITH_TOOLS,
} from "./llm_pairs_lib.mjs";

class Messages {
  name = "ts-messages";
  losses = [];

  constructor(url, model) {
    this.model = model;
    this.sdk = new Anthropic({
      baseURL: url,
      apiKey: "of-the-client",
      maxRetries: 0,
      timeout: SECONDS * 1000,
      fetch: listening(this.losses),
    });
  }

  request(scene, prompt) {
    const content = [{ type: "text", text: prompt }];
    if (scene === "image") {
      const source = { type: "base64", media_type: "image/png", data: IMAGE };
      content.push({ type: "image", source });
    }
    const asked = {
      model: this.model,
      messages: [{ role: "user", content }],
      max_tokens: MAX_TOKENS,
      system: SYSTEM,
    };
    if (scene === "text") asked.temperature = 0.5;
    if (scene === "schema") asked.output_config = { format: { type: "json_schema", schema: SCHEMA } };
    if (WITH_THOUGHTS.includes(scene)) {
      asked.thinking = { type: "enabled", budget_tokens: BUDGET };
    }
    if (WITH_TOOLS.includes(scene)) {
      asked.tools = TOOLS.map(([name, description, input_schema]) => ({
        name,
        description,
        input_schema,
      }));
    }
    return asked;
  }

  async ask(request, stream) {
    if (!stream) return this.sdk.messages.create(request);
    return this.sdk.messages.stream(request).finalMessage();
  }

  told({ content, stop_reason, usage }) {
    const of = (type) => content.filter((block) => block.type === type);
    const cached = usage.cache_read_input_tokens ?? 0;
    return answer({
      text: of("text").map((block) => block.text).join(""),
      calls: of("tool_use").map((block) => [block.name, block.input]),
      thoughts: of("thinking").map((block) => block.thinking).join(""),
      stop: { end_turn: "stop", tool_use: "tool", max_tokens: "length" }[stop_reason],
      usage: {
        input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
        output: usage.output_tokens,
        cached,
      },
    });
  }

  replied(request, { content }, results) {
    const said = content.map(({ parsed_output, ...block }) => block);
    const calls = content.filter((block) => block.type === "tool_use");
    const told = calls.map(({ id, name }) => ({
      type: "tool_result",
      tool_use_id: id,
      content: JSON.stringify(results[name]),
    }));
    const turns = [{ role: "assistant", content: said }, { role: "user", content: told }];
    return { ...request, messages: [...request.messages, ...turns] };
  }
}

await run(Messages);
