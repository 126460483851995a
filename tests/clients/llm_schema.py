"""Whether what the gateway writes in OpenAI's dialects is what OpenAI's own description says.

`SCHEMAS PROVIDERS TARGET...`, as the matrix of models has targets; SCHEMAS is the description as JSON, PROVIDERS the
URL of those with a script, which were asked by clients of other dialects before. Prints how many bodies
and events were looked at, and what was wrong with them: `{"seen": {schema: count}, "wrong": [text]}`.
"""

import json
import sys

import httpx
from jsonschema import Draft202012Validator
from llm_pairs_lib import PROMPTS, SECONDS
from llm_pairs_openai import Chat, Responses
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

URI = "urn:openai"
WHOLE = {"chat": "CreateChatCompletionResponse", "responses": "Response"}
PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses"}


class Schemas:
    def __init__(self, path: str) -> None:
        with open(path) as file:
            described = mended(json.load(file))
        resource = Resource.from_contents(described, default_specification=DRAFT202012)
        self._registry = Registry().with_resource(URI, resource)
        self._known: dict[str, Draft202012Validator] = {}
        schemas = described["components"]["schemas"]
        self._events = {
            types[0]: name
            for name, schema in schemas.items()
            if name.startswith("Response") and name.endswith("Event")
            for types in [schema.get("properties", {}).get("type", {}).get("enum", [])]
            if len(types) == 1
        }
        self.seen: dict[str, int] = {}
        self.wrong: set[str] = set()

    def event(self, event: dict, at: str) -> None:
        """Of Responses, whose events say what they are."""
        name = self._events.get(event["type"])
        if name is None:
            self.wrong.add(f"{at}: no such event: {event['type']}")
        else:
            self.check(name, event, at)

    def check(self, name: str, value: dict, at: str) -> None:
        self.seen[name] = self.seen.get(name, 0) + 1
        if name not in self._known:
            schema = {"$ref": f"{URI}#/components/schemas/{name}"}
            self._known[name] = Draft202012Validator(schema, registry=self._registry)
        for error in self._known[name].iter_errors(value):
            # Every chunk but the last has a null there, of OpenAI's own service too.
            if error.json_path == "$.choices[0].finish_reason" and error.instance is None:
                continue
            self.wrong.add(f"{at}: {name}{error.json_path[1:]}: {error.message[:300]}")


def mended(described: dict) -> dict:
    """Without what the description says and OpenAI's service does not hold to."""
    # Thoughts that are sent back have no id where nothing is stored.
    described["components"]["schemas"]["ReasoningItem"]["required"].remove("id")
    return lenient(described)


def lenient(value):
    """`oneOf` as `anyOf`: a message with an image is of two kinds of input at once."""
    if isinstance(value, list):
        return [lenient(one) for one in value]
    if isinstance(value, dict):
        names = {"oneOf": "anyOf"}
        return {names.get(name, name): lenient(one) for name, one in value.items()}
    return value


def events(text: str) -> list[dict]:
    lines = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def ask(client: Chat | Responses, dialect: str, target: str, schemas: Schemas) -> None:
    for scene, prompt in PROMPTS.items():
        body = client.request(scene, f"[{scene}/schema.{dialect}.{target}] {prompt}")
        at = f"{dialect} of {target}, {scene}"
        url = client.url + PATHS[dialect]
        whole = httpx.post(url, json=body, timeout=SECONDS)
        assert whole.status_code == 200, f"{at}: {whole.text}"
        schemas.check(WHOLE[dialect], whole.json(), at)
        body["stream"] = True
        if dialect == "chat":
            body["stream_options"] = {"include_usage": True}
        for event in events(httpx.post(url, json=body, timeout=SECONDS).text):
            if dialect == "chat":
                schemas.check("CreateChatCompletionStreamResponse", event, at)
            else:
                schemas.event(event, at)


schemas = Schemas(sys.argv[1])
REQUESTS = {"chat": "CreateChatCompletionRequest", "responses": "CreateResponse"}
for cell, dialect, body in httpx.get(f"{sys.argv[2]}/bodies").json():
    if dialect in REQUESTS:
        schemas.check(REQUESTS[dialect], body, cell)
for argument in sys.argv[3:]:
    target, model, url = argument.split("=", 2)
    # What passes as it is was not written by the gateway.
    for client in (Chat(url, model), Responses(url, model)):
        dialect = client.name.removeprefix("py-")
        if dialect != target:
            ask(client, dialect, target, schemas)
json.dump({"seen": schemas.seen, "wrong": sorted(schemas.wrong)}, sys.stdout)
