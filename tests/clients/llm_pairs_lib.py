"""What the clients of the matrix of models share: scenes, and the form in which they tell what they got.

A client takes targets `NAME=MODEL=URL`, plays every scene with each of them, and prints one JSON object:
`{client: {target: {scene: {"unary": outcome, "stream": outcome}}}}`.
"""

import base64
import json
import sys
import traceback

SECONDS = 20
SYSTEM = "Be brief."
MAX_TOKENS = 8192
BUDGET = 2048
IMAGE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="
)
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
    "required": ["city", "degrees"],
    "additionalProperties": False,
}


def parameters(**types: str) -> dict:
    properties = {name: {"type": kind} for name, kind in types.items()}
    more = {"required": list(types), "additionalProperties": False}
    return {"type": "object", "properties": properties, **more}


TOOLS = [
    ("get_weather", "The weather of a city", parameters(city="string", days="integer")),
    ("get_time", "The time in a zone", parameters(zone="string")),
]
RESULTS = {"get_weather": {"degrees": 21, "sky": "blue"}, "get_time": {"time": "10:00"}}
PROMPTS = {
    "text": "Say something.",
    "tools": "Weather and time in Paris?",
    "results": "Weather and time in Paris?",
    "replay": "Weather and time in Paris?",
    "schema": "The weather in Paris.",
    "image": "What is this?",
    "reasoning": "Which city?",
    "length": "Go on.",
}
ERRORS = ("limit", "overload", "bad", "key", "missing")
FAULTS = ("broken", "cut")
"""These are of streams alone."""
WITH_TOOLS = ("tools", "results", "replay")
WITH_RESULTS = ("results", "replay")
WITH_THOUGHTS = ("reasoning", "replay")


class Client:
    """A dialect of an SDK. Whoever inherits says how it asks."""

    name = ""

    def __init__(self, url: str, model: str) -> None:
        self.url, self.model = url, model
        self.losses: list[str] = []

    def request(self, scene: str, prompt: str):
        """What is asked in a scene."""
        raise NotImplementedError

    def ask(self, request, stream: bool):
        """The answer: of a stream, what the SDK makes of it."""
        raise NotImplementedError

    def told(self, answer) -> dict:
        """The answer in the form of all clients."""
        raise NotImplementedError

    def replied(self, request, answer, results: dict):
        """The request again, with the answer and the results of its calls."""
        raise NotImplementedError

    def heard(self, headers) -> None:
        """To be called with the headers of each answer."""
        self.losses += [loss for loss in headers.get("x-agw-loss", "").split(", ") if loss]

    def play(self, scene: str, prompt: str, stream: bool) -> dict:
        self.losses.clear()
        request = self.request(scene, prompt)
        answer = self.ask(request, stream)
        outcome = self.told(answer)
        if scene in WITH_RESULTS:
            request = self.replied(request, answer, RESULTS)
            outcome = {"first": outcome, "then": self.told(self.ask(request, stream))}
        if scene == "schema":
            outcome["object"] = json.loads(outcome["text"])
        return outcome | {"losses": sorted(set(self.losses))}


def outcome(client: Client, scene: str, cell: str, stream: bool) -> dict:
    prompt = f"[{scene}/{cell}] {PROMPTS.get(scene, 'Go on.')}"
    try:
        return client.play(scene, prompt, stream)
    except Exception as error:
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        if hasattr(error, "response") and isinstance(error.response, dict):
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        name = type(error).__name__
        if scene not in (*ERRORS, *FAULTS):
            traceback.print_exc()
        return {"error": name, "status": status, "text": str(error)[:300]}


def run(*kinds: type[Client]) -> None:
    """Plays every scene with every target, and prints what came of it."""
    told: dict = {}
    for kind in kinds:
        for target in sys.argv[1:]:
            name, model, url = target.split("=", 2)
            if not name.startswith("direct") or name == f"direct-{kind.name.rpartition('-')[2]}":
                told.setdefault(kind.name, {})[name] = scenes(kind(url, model), name)
    json.dump(told, sys.stdout)


def scenes(client: Client, target: str) -> dict:
    played: dict = {}
    for scene in (*PROMPTS, *ERRORS, *FAULTS):
        for mode in ("unary", "stream"):
            if scene in FAULTS and mode == "unary":
                continue
            cell = f"{client.name}.{target}.{scene}.{mode}"
            came = outcome(client, scene, cell, mode == "stream")
            played.setdefault(scene, {})[mode] = came
    return played


def answer(text="", calls=(), thoughts="", stop="", usage=None) -> dict:
    """The form of all clients. `calls` are of names and arguments."""
    usage = {name: count or 0 for name, count in (usage or {}).items()}
    calls = [list(call) for call in calls]
    return {"text": text, "calls": calls, "thoughts": thoughts, "stop": stop, "usage": usage}
