"""What the dialects share: the form of events."""

import json
from collections.abc import Iterator

Stream = Iterator[bytes]


def dump(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def sse(event: str | None, data: dict, pad: str = "", end: str = "\n") -> bytes:
    name = f"event: {event}{end}" if event else ""
    return name.encode() + b"data: " + dump(data) + pad.encode() + (end * 2).encode()
