"""What was sent, in one form for all dialects, so that requests can be held against each other."""

import hashlib
import json

from .scenes import TAG


class Sent:
    """Collects a request: turns of the same role in a row are one."""

    def __init__(self) -> None:
        self.system: list[str] = []
        self.turns: list[list] = []
        self.tools: list[dict] = []
        self.more: dict = {}
        self._calls: list[str] = []

    def say(self, role: str, item: dict) -> None:
        if "text" in item:
            item = {"text": TAG.sub("", item["text"])}
            if not item["text"]:
                return
        if not self.turns or self.turns[-1][0] != role:
            self.turns.append([role, []])
        items = self.turns[-1][1]
        if not items or not is_one(items[-1], item):
            items.append(item)

    def text(self, role: str, text: str) -> None:
        self.say(role, {"text": text})

    def image(self, role: str, media_type: str, data: bytes) -> None:
        self.say(role, {"image": [media_type, hashlib.sha256(data).hexdigest()[:16]]})

    def call(self, call_id: str, name: str, arguments: dict) -> None:
        self._calls.append(call_id)
        self.say("assistant", {"call": [len(self._calls) - 1, name, arguments]})

    def result(self, call_id: str, value, role: str = "user") -> None:
        at = self._calls.index(call_id) if call_id in self._calls else f"unknown {call_id}"
        self.say(role, {"result": [at, plain(value)]})

    def thoughts(self, text: str, state: str) -> None:
        self.say("assistant", {"thoughts": [text, state]})

    def tool(self, name: str, description: str | None, schema) -> None:
        self.tools.append({"name": name, "description": description, "schema": schema})

    def has_results(self) -> bool:
        return bool(self.turns) and any("result" in item for item in self.turns[-1][1])

    def told(self) -> dict:
        more = {name: value for name, value in self.more.items() if value is not None}
        turns, tools = self.turns, self.tools
        return {"system": "\n".join(self.system), "turns": turns, "tools": tools, **more}


def is_one(last: dict, item: dict) -> bool:
    """Pieces of a stream that were sent back as they came are one, unless a state stands between them."""
    if "text" in last and "text" in item:
        last["text"] += item["text"]
        return True
    if "thoughts" in last and "thoughts" in item and not last["thoughts"][1]:
        last["thoughts"] = [last["thoughts"][0] + item["thoughts"][0], item["thoughts"][1]]
        return True
    return False


def plain(value):
    """A result as the value that it is: some dialects want objects, and some want text."""
    while True:
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
            value = value[0].get("text", value[0].get("json", value))
        elif isinstance(value, dict) and len(value) == 1 and set(value) <= {"result", "output"}:
            [value] = value.values()
        elif not isinstance(value, str):
            return value
        else:
            try:
                value = json.loads(value)
            except ValueError:
                return value
