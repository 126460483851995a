// The tools that answer without a question.
import { setTimeout as sleep } from "node:timers/promises";

import { AUDIO, embedded, IMAGE, said, text } from "./content.mjs";

/** A tool without arguments. */
export function plain(name, description, call) {
  return { listed: { name, description, inputSchema: { type: "object", properties: {} } }, call };
}

/** How long a tool rests between two of its notifications, in milliseconds. */
const REST = 50;

const CONTENTS = [
  plain("test_simple_text", "Answers with a text", () =>
    said(text("This is a simple text response for testing.")),
  ),
  plain("test_image_content", "Answers with an image", () => said(IMAGE)),
  plain("test_audio_content", "Answers with audio", () => said(AUDIO)),
  plain("test_embedded_resource", "Answers with a resource inside", () =>
    said(
      embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."),
    ),
  ),
  plain("test_multiple_content_types", "Answers with a text, an image and a resource", () =>
    said(
      text("Multiple content types test:"),
      IMAGE,
      embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ),
  ),
  plain("test_error_handling", "Fails", () => {
    throw new Error("This tool intentionally returns an error for testing");
  }),
];

const NOTIFYING = [
  plain("test_tool_with_logging", "Logs three messages before its answer", async (_, { log }) => {
    await log("info", "Tool execution started");
    await sleep(REST);
    await log("info", "Tool processing data");
    await sleep(REST);
    await log("info", "Tool execution completed");
    return said(text("Tool with logging executed successfully"));
  }),
  plain("test_logging_tool", "Logs a message of three levels", async (_, { log }) => {
    for (const level of ["debug", "info", "error"]) await log(level, `A message of level ${level}`);
    return said(text("Logged"));
  }),
  plain(
    "test_tool_with_progress",
    "Reports progress before its answer",
    async (_, { progress, progressToken }) => {
      for (const step of [0, 50, 100]) {
        await progress(step, 100, `Completed step ${step} of 100`);
        await sleep(REST);
      }
      return said(text(String(progressToken ?? "no progress token")));
    },
  ),
  plain(
    "test_reconnection",
    "Closes the stream of its answer before the answer, where it can",
    async (_, { cut }) => {
      cut();
      await sleep(2 * REST);
      return said(text("Reconnection test completed successfully"));
    },
  ),
];

const CHANGING = [
  plain("test_trigger_tool_change", "Tells that the list of tools changed", (_, { changed }) => {
    changed.tools();
    return said(text("Told of the tools"));
  }),
  plain(
    "test_trigger_prompt_change",
    "Tells that the list of prompts changed",
    (_, { changed }) => {
      changed.prompts();
      return said(text("Told of the prompts"));
    },
  ),
  plain(
    "test_trigger_resource_change",
    "Tells that the list of resources changed",
    (_, { changed }) => {
      changed.resources();
      return said(text("Told of the resources"));
    },
  ),
  {
    listed: {
      name: "test_trigger_resource_update",
      description: "Tells that a resource changed",
      inputSchema: { type: "object", properties: { uri: { type: "string" } }, required: ["uri"] },
    },
    call({ uri }, { changed }) {
      changed.resource(uri);
      return said(text(`Told of ${uri}`));
    },
  },
];

/** Keywords of JSON Schema 2020-12 that must arrive as they are. */
const SCHEMA = {
  listed: {
    name: "json_schema_2020_12_tool",
    description: "Has an input schema of many keywords",
    inputSchema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      $defs: {
        address: {
          $anchor: "addressDef",
          type: "object",
          properties: { street: { type: "string" }, city: { type: "string" } },
        },
      },
      properties: {
        name: { type: "string" },
        address: { $ref: "#/$defs/address" },
        contactMethod: { type: "string", enum: ["phone", "email"] },
        phone: { type: "string" },
        email: { type: "string" },
      },
      allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
      if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
      then: { required: ["phone"] },
      else: { required: ["email"] },
      additionalProperties: false,
    },
  },
  call: (args) => said(text(`Called with ${JSON.stringify(args)}`)),
};

export const TOOLS = [...CONTENTS, ...NOTIFYING, ...CHANGING, SCHEMA];

/** A tool whose arguments stand in headers too; only the revision 2026-07-28 knows such. */
export const HEADERS = {
  listed: {
    name: "test_header_parameters",
    description: "Has arguments that requests repeat in headers",
    inputSchema: {
      type: "object",
      properties: {
        region: { type: "string", "x-mcp-header": "Region" },
        shard: { type: "integer", "x-mcp-header": "Shard" },
        dry: { type: "boolean", "x-mcp-header": "Dry-Run" },
        note: { type: "string" },
      },
      required: ["region"],
    },
  },
  call: (args) => said(text(`Called with ${JSON.stringify(args)}`)),
};
