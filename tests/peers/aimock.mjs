// A mock of the model providers' APIs with fixed answers: OpenAI, Anthropic, Gemini on one port.
// What the last user message asks for: "weather" calls the tool get_weather, "long" answers 200
// words, "limit" is refused with 429, anything else is greeted.
import { createServer } from "@copilotkit/aimock";

import { quietStdout, ready, wantedPort } from "./lib.mjs";

quietStdout();

const usage = {
  prompt_tokens: 11, completion_tokens: 7, total_tokens: 18,
  input_tokens: 11, output_tokens: 7,
  promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18,
};

const words = Array.from({ length: 200 }, (_, i) => `word${i}`).join(" ");

const fixtures = [
  {
    match: { hasToolResult: true },
    response: { content: "It is 21 degrees in Paris.", usage },
  },
  {
    match: { userMessage: "weather" },
    response: { toolCalls: [{ name: "get_weather", arguments: '{"city":"Paris"}' }], usage },
  },
  { match: { userMessage: "long" }, response: { content: words, usage } },
  {
    match: { userMessage: "limit" },
    response: { error: { message: "slow down", type: "rate_limit_error" }, status: 429 },
  },
  { match: { userMessage: /.*/ }, response: { content: "Hello from the mock!", usage } },
];

// Between two events of a stream, in milliseconds.
const latency = Number(process.argv[3] ?? 0);
const mock = await createServer(fixtures, {
  host: "127.0.0.1", port: wantedPort, chunkSize: 4, latency,
});

// Google's SDK asks for /v1 by default; the mock knows /v1beta only.
mock.server.prependListener("request", (request) => {
  request.url = request.url.replace(/^\/v1(\/models\/[^/:]+:)/, "/v1beta$1");
});

ready(mock.server.address().port);
