"""What the model says: one scene by its name, which the prompt tells as `[scene/cell]`."""

import re
from dataclasses import dataclass, field

TAG = re.compile(r"\[([a-z_]+)/([^\]\s]+)\] ?")


@dataclass
class Usage:
    """Disjoint in none of its parts: input includes what was cached, output includes thoughts."""

    input: int = 100
    cached: int = 30
    output: int = 25
    reasoning: int = 0

    @property
    def total(self) -> int:
        return self.input + self.output


@dataclass
class Call:
    id: str
    name: str
    arguments: dict


@dataclass
class Scene:
    text: str = ""
    thoughts: str = ""
    calls: list[Call] = field(default_factory=list)
    stop: str = "stop"
    usage: Usage = field(default_factory=Usage)
    fault: str = ""
    """`broken`: an error after the first half of the text; `cut`: the connection ends there."""

    @property
    def state(self) -> str:
        """What only the provider can read, and wants back with its thoughts."""
        return "c3RhdGUgb2YgdGhlIHRob3VnaHRz" if self.thoughts else ""


CALLS = [
    Call("01a", "get_weather", {"city": "Paris", "days": 2}),
    Call("02b", "get_time", {"zone": "Europe/Paris"}),
]
PATCH = '*** Begin Patch\n+\tsay("ä \\ 🌊")\n*** End Patch\n'
"""The input of a custom tool, which most providers know as a function of one text."""
LONG = 'Blue: ä €, 天 and 🌊, with "quotes", a \\ and\na second line. '
REPLY = "Paris has 21 degrees, and it is ten."

ERRORS = {"limit": 429, "overload": 503, "bad": 400, "key": 401, "missing": 404}
"""Scenes that are refused, and how."""


def scene(name: str, has_results: bool) -> Scene:
    if has_results:
        return Scene(REPLY, usage=Usage(140, 60, 12))
    match name:
        case "text":
            return Scene(LONG * 3)
        case "tools" | "results":
            return Scene("I look.", calls=CALLS, stop="tool", usage=Usage(90, 0, 44))
        case "replay":
            thoughts = "Which tools are there?"
            return Scene("", thoughts, CALLS, "tool", Usage(90, 0, 44, 20))
        case "custom":
            return Scene("", calls=[Call("03c", "apply_patch", {"input": PATCH})], stop="tool")
        case "schema":
            return Scene('{"city": "Paris", "degrees": 21}')
        case "image":
            return Scene("A red dot.", usage=Usage(300, 0, 5))
        case "reasoning":
            thoughts = "First I look at the map.\nThen I know."
            return Scene("It is Paris.", thoughts, usage=Usage(50, 10, 30, 18))
        case "length":
            return Scene("It goes on and", stop="length")
        case "broken" | "cut":
            return Scene(LONG * 3, fault=name)
    raise KeyError(name)


def pieces(text: str, size: int = 7) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def heard(said: Scene) -> list[str]:
    """The pieces of the text that come before whatever goes wrong."""
    all_of_it = pieces(said.text)
    return all_of_it[: len(all_of_it) // 2] if said.fault else all_of_it
