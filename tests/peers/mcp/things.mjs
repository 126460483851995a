// What the MCP peers of both eras offer: the same names, texts, images and schemas, so that the
// answers of one can be held against those of the other. The names are those of the official
// conformance suite.
//
// A tool is {listed, call(args, context)}, a prompt {listed, get(args, context)}. The context does
// what the thing needs in the way of the server's era:
//   ask(questions, state)  questions by key => answers by key; with `state`, a state goes along
//   log(level, data), progress(progress, total, message), progressToken
//   changed.tools(), .prompts(), .resources(), .resource(uri)
//   cut()                  closes the stream of the answer before the answer
//   capabilities           what the client declared
import { embedded, IMAGE, text, user } from "./content.mjs";
import { form, QUESTIONS } from "./questions.mjs";
import { TOOLS as ANSWERS } from "./tools.mjs";

export { HEADERS } from "./tools.mjs";

export const CAPABILITIES = {
  tools: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  prompts: { listChanged: true },
  logging: {},
  completions: {},
};

export const TOOLS = [...ANSWERS, ...QUESTIONS];

const argument = (name) => ({ name, description: `The argument ${name}`, required: true });

export const PROMPTS = [
  {
    listed: { name: "test_simple_prompt", description: "A prompt without arguments" },
    get: () => ({ messages: [user(text("This is a simple prompt for testing."))] }),
  },
  {
    listed: {
      name: "test_prompt_with_arguments",
      description: "A prompt with two arguments",
      arguments: [argument("arg1"), argument("arg2")],
    },
    get: ({ arg1, arg2 }) => ({
      messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
    }),
  },
  {
    listed: {
      name: "test_prompt_with_embedded_resource",
      description: "A prompt with a resource inside",
      arguments: [argument("resourceUri")],
    },
    get: ({ resourceUri }) => ({
      messages: [
        user(embedded(resourceUri, "text/plain", "Embedded resource content for testing.")),
        user(text("Please process the embedded resource above.")),
      ],
    }),
  },
  {
    listed: { name: "test_prompt_with_image", description: "A prompt with an image" },
    get: () => ({ messages: [user(IMAGE), user(text("Please analyze the image above."))] }),
  },
  {
    listed: {
      name: "test_input_required_result_prompt",
      description: "A prompt that asks for its context",
    },
    async get(_, { ask }) {
      const context = form("What context should the prompt use?", { context: { type: "string" } });
      const { user_context } = await ask({ user_context: context });
      return { messages: [user(text(`Use the context: ${user_context.content?.context}`))] };
    },
  },
];

export const RESOURCES = [
  {
    uri: "test://static-text",
    name: "static-text",
    title: "Static text",
    description: "A text that stays",
    mimeType: "text/plain",
  },
  {
    uri: "test://static-binary",
    name: "static-binary",
    title: "Static binary",
    description: "An image that stays",
    mimeType: "image/png",
  },
  {
    uri: "test://watched-resource",
    name: "watched-resource",
    title: "Watched resource",
    description: "A text to subscribe to",
    mimeType: "text/plain",
  },
];

export const TEMPLATES = [
  {
    uriTemplate: "test://template/{id}/data",
    name: "template",
    title: "Template",
    description: "Says its id",
    mimeType: "application/json",
  },
];

const CONTENTS = {
  "test://static-text": { text: "This is the content of the static text resource." },
  "test://static-binary": { blob: IMAGE.data },
  "test://watched-resource": { text: "Watched resource content" },
};

/** What a resource holds; undefined where there is none. */
export function read(uri) {
  const listed = RESOURCES.find((resource) => resource.uri === uri);
  if (listed) return { contents: [{ uri, mimeType: listed.mimeType, ...CONTENTS[uri] }] };
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (!id) return undefined;
  const said = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
  return { contents: [{ uri, mimeType: "application/json", text: said }] };
}

const WORDS = ["paris", "park", "party", "test", "testValue1", "testValue2"];

/** The words that begin with what was typed. */
export function complete({ argument }) {
  const values = WORDS.filter((word) => word.startsWith(argument.value));
  return { completion: { values, total: values.length, hasMore: false } };
}

/** The thing of a name in a list of tools or prompts. */
export const named = (list, name) => list.find(({ listed }) => listed.name === name);
