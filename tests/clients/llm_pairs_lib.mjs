// What the clients of the matrix of models share; see llm_pairs_lib.py, whose scenes these are.

export const SECONDS = 20;
export const SYSTEM = "Be brief.";
export const MAX_TOKENS = 8192;
export const BUDGET = 2048;
export const IMAGE =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==";
export const SCHEMA = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "integer" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};
export const TOOLS = [
  ["get_weather", "The weather of a city", parameters({ city: "string", days: "integer" })],
  ["get_time", "The time in a zone", parameters({ zone: "string" })],
];
export const RESULTS = {
  get_weather: { degrees: 21, sky: "blue" },
  get_time: { time: "10:00" },
};
export const WITH_TOOLS = ["tools", "results", "replay"];
export const WITH_THOUGHTS = ["reasoning", "replay"];

const WITH_RESULTS = ["results", "replay"];
const PROMPTS = {
  text: "Say something.",
  tools: "Weather and time in Paris?",
  results: "Weather and time in Paris?",
  replay: "Weather and time in Paris?",
  schema: "The weather in Paris.",
  image: "What is this?",
  reasoning: "Which city?",
  length: "Go on.",
};
const ERRORS = ["limit", "overload", "bad", "key", "missing"];
const FAULTS = ["broken", "cut"];

function parameters(types) {
  const properties = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, { type }]),
  );
  return { type: "object", properties, required: Object.keys(types), additionalProperties: false };
}

// A `fetch` for the SDK that notes what of its requests was lost.
export function listening(losses) {
  return async (...request) => {
    const response = await fetch(...request);
    const told = response.headers.get("x-agw-loss");
    if (told) losses.push(...told.split(", "));
    return response;
  };
}

export function answer({ text = "", calls = [], thoughts = "", stop, usage }) {
  const counts = Object.entries(usage).map(([name, count]) => [name, count ?? 0]);
  return { text, calls, thoughts, stop, usage: Object.fromEntries(counts) };
}

async function play(client, scene, prompt, stream) {
  client.losses.length = 0;
  let request = client.request(scene, prompt);
  let said = await client.ask(request, stream);
  let outcome = client.told(said);
  if (WITH_RESULTS.includes(scene)) {
    request = client.replied(request, said, RESULTS);
    said = await client.ask(request, stream);
    outcome = { first: outcome, then: client.told(said) };
  }
  if (scene === "schema") outcome.object = JSON.parse(outcome.text);
  return { ...outcome, losses: [...new Set(client.losses)].sort() };
}

async function outcome(client, scene, cell, stream) {
  const prompt = `[${scene}/${cell}] ${PROMPTS[scene] ?? "Go on."}`;
  try {
    return await play(client, scene, prompt, stream);
  } catch (error) {
    if (![...ERRORS, ...FAULTS].includes(scene)) console.error(error);
    const text = String(error.message).slice(0, 300);
    return { error: error.constructor.name, status: error.status ?? null, text };
  }
}

async function scenes(client, target) {
  const played = {};
  for (const scene of [...Object.keys(PROMPTS), ...ERRORS, ...FAULTS]) {
    played[scene] = {};
    for (const mode of FAULTS.includes(scene) ? ["stream"] : ["unary", "stream"]) {
      const cell = `${client.name}.${target}.${scene}.${mode}`;
      played[scene][mode] = await outcome(client, scene, cell, mode === "stream");
    }
  }
  return played;
}

// Plays every scene with every target of the arguments, and prints what came of it.
export async function run(...kinds) {
  const told = {};
  for (const Kind of kinds) {
    for (const argument of process.argv.slice(2)) {
      const [name, model, ...url] = argument.split("=");
      const client = new Kind(url.join("="), model);
      const own = `direct-${client.name.split("-")[1]}`;
      if (name.startsWith("direct") && name !== own) continue;
      told[client.name] ??= {};
      told[client.name][name] = await scenes(client, name);
    }
  }
  console.log(JSON.stringify(told));
}
