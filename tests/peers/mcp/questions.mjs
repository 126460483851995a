// The tools that ask before they answer: the client's user, its model, or for its roots.
// `ask` takes questions by key and gives the answers by key.
import { said, text } from "./content.mjs";
import { plain } from "./tools.mjs";

/** Asks the user for the fields of a form. */
export function form(message, properties, required = Object.keys(properties)) {
  const requestedSchema = { type: "object", properties, required };
  return { method: "elicitation/create", params: { message, requestedSchema } };
}

/** Asks the client's model. */
function sample(prompt, maxTokens) {
  const messages = [{ role: "user", content: text(prompt) }];
  return { method: "sampling/createMessage", params: { messages, maxTokens } };
}

const ROOTS = { method: "roots/list", params: {} };
const STRING = { type: "string" };

/** What the client answered, in words. */
const elicited = ({ action, content }) =>
  `action=${action}, content=${JSON.stringify(content ?? {})}`;
const sampled = ({ content }) =>
  [content]
    .flat()
    .map((block) => block.text ?? block.type)
    .join("");
const roots = ({ roots }) => roots.map(({ uri }) => uri).join(", ");

const ONE = [
  {
    listed: {
      name: "test_sampling",
      description: "Asks the client's model",
      inputSchema: { type: "object", properties: { prompt: STRING }, required: ["prompt"] },
    },
    async call({ prompt }, { ask }) {
      const { completion } = await ask({ completion: sample(prompt, 100) });
      return said(text(`LLM response: ${sampled(completion)}`));
    },
  },
  {
    listed: {
      name: "test_elicitation",
      description: "Asks the user",
      inputSchema: { type: "object", properties: { message: STRING }, required: ["message"] },
    },
    async call({ message }, { ask }) {
      const username = { type: "string", description: "User's response" };
      const email = { type: "string", description: "User's email address" };
      const { user } = await ask({ user: form(message, { username, email }) });
      return said(text(`User response: ${elicited(user)}`));
    },
  },
  plain(
    "test_elicitation_sep1034_defaults",
    "Asks the user, with defaults of every type",
    async (_, { ask }) => {
      const fields = {
        name: { type: "string", description: "User name", default: "John Doe" },
        age: { type: "integer", description: "User age", default: 30 },
        score: { type: "number", description: "User score", default: 95.5 },
        status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
        verified: { type: "boolean", description: "Verification status", default: true },
      };
      const { user } = await ask({
        user: form("Please review the form fields with defaults", fields, []),
      });
      return said(text(`Elicitation completed: ${elicited(user)}`));
    },
  ),
  plain(
    "test_elicitation_sep1330_enums",
    "Asks the user, with choices of every kind",
    async (_, { ask }) => {
      const options = ["option1", "option2", "option3"];
      const titled = (noun) =>
        ["First", "Second", "Third"].map((nth, i) => ({
          const: `value${i + 1}`,
          title: `${nth} ${noun}`,
        }));
      const fields = {
        untitledSingle: { type: "string", enum: options },
        titledSingle: { type: "string", oneOf: titled("Option") },
        legacyEnum: {
          type: "string",
          enum: ["opt1", "opt2", "opt3"],
          enumNames: ["Option One", "Option Two", "Option Three"],
        },
        untitledMulti: {
          type: "array",
          minItems: 1,
          maxItems: 3,
          items: { type: "string", enum: options },
        },
        titledMulti: {
          type: "array",
          minItems: 1,
          maxItems: 3,
          items: { anyOf: titled("Choice") },
        },
      };
      const { user } = await ask({ user: form("Please select options", fields, []) });
      return said(text(`Elicitation completed: ${elicited(user)}`));
    },
  ),
  plain(
    "test_streaming_elicitation",
    "Reports progress, and asks the user",
    async (_, { ask, progress }) => {
      await progress(1, 2, "About to ask");
      const { user } = await ask({ user: form("What is your name?", { name: STRING }) });
      return said(text(`User response: ${elicited(user)}`));
    },
  ),
  plain(
    "test_missing_capability",
    "Asks the client's model, whether there is one or not",
    async (_, { ask }) => {
      const { completion } = await ask({ completion: sample("Say something", 10) });
      return said(text(`LLM response: ${sampled(completion)}`));
    },
  ),
];

const REQUIRED = [
  plain("test_input_required_result_elicitation", "Asks for a name", async (_, { ask }) => {
    const { user_name } = await ask({ user_name: form("What is your name?", { name: STRING }) });
    return said(text(`Hello, ${user_name.content?.name}!`));
  }),
  plain(
    "test_input_required_result_sampling",
    "Asks the client's model for a capital",
    async (_, { ask }) => {
      const { capital_question } = await ask({
        capital_question: sample("What is the capital of France?", 100),
      });
      return said(text(sampled(capital_question)));
    },
  ),
  plain(
    "test_input_required_result_list_roots",
    "Asks for the client's roots",
    async (_, { ask }) => {
      const { client_roots } = await ask({ client_roots: ROOTS });
      return said(text(`Roots: ${roots(client_roots)}`));
    },
  ),
  plain(
    "test_input_required_result_request_state",
    "Asks for a consent, with a state",
    async (_, { ask }) => {
      const { confirm } = await ask(
        { confirm: form("Please confirm", { ok: { type: "boolean" } }) },
        true,
      );
      return said(text(`state-ok: ${elicited(confirm)}`));
    },
  ),
  plain(
    "test_input_required_result_tampered_state",
    "Asks for a consent, with a state",
    async (_, { ask }) => {
      const { confirm } = await ask(
        { confirm: form("Please confirm", { ok: { type: "boolean" } }) },
        true,
      );
      return said(text(`state-ok: ${elicited(confirm)}`));
    },
  ),
  plain(
    "test_input_required_result_multiple_inputs",
    "Asks three questions at once",
    async (_, { ask }) => {
      const questions = {
        user_name: form("What is your name?", { name: STRING }),
        greeting: sample("Generate a greeting", 50),
        client_roots: ROOTS,
      };
      const { user_name, greeting, client_roots } = await ask(questions, true);
      return said(text(`${sampled(greeting)} ${user_name.content?.name}: ${roots(client_roots)}`));
    },
  ),
  plain(
    "test_input_required_result_multi_round",
    "Asks two questions, one after the other",
    async (_, { ask }) => {
      const { step1 } = await ask(
        { step1: form("Step 1: What is your name?", { name: STRING }) },
        true,
      );
      const { step2 } = await ask(
        { step2: form("Step 2: What is your favorite color?", { color: STRING }) },
        true,
      );
      return said(text(`${step1.content?.name} likes ${step2.content?.color}`));
    },
  ),
  plain(
    "test_input_required_result_capabilities",
    "Asks what the client can answer",
    async (_, context) => {
      const { elicitation, sampling } = context.capabilities;
      const questions = {
        ...(elicitation && { user_name: form("What is your name?", { name: STRING }) }),
        ...(sampling && { greeting: sample("Generate a greeting", 50) }),
      };
      const answers = await context.ask(questions);
      return said(text(`Answered: ${Object.keys(answers).join(", ")}`));
    },
  ),
];

export const QUESTIONS = [...ONE, ...REQUIRED];
