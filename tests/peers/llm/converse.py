"""Bedrock's Converse."""

import base64
import binascii
import json
import struct

from .answers import Stream, dump
from .scenes import Scene, heard, pieces
from .sent import Sent

STOPS = {"stop": "end_turn", "tool": "tool_use", "length": "max_tokens"}


def read(body: dict) -> Sent:
    sent = Sent()
    sent.system = [block["text"] for block in body.get("system") or []]
    for message in body["messages"]:
        for block in message["content"]:
            read_block(sent, message["role"], block)
    for tool in (body.get("toolConfig") or {}).get("tools", []):
        spec = tool["toolSpec"]
        sent.tool(spec["name"], spec.get("description"), spec["inputSchema"]["json"])
    config = body.get("inferenceConfig") or {}
    output = body.get("outputConfig") or {}
    thinking = (body.get("additionalModelRequestFields") or {}).get("thinking") or {}
    form = output.get("textFormat") or {}
    schema = form.get("structure", {}).get("jsonSchema", {}).get("schema")
    sent.more = {
        # It is JSON in a string.
        "schema": schema and json.loads(schema),
        "budget": thinking.get("budget_tokens"),
        "effort": output.get("effort"),
        "adaptive": thinking.get("type") == "adaptive" or None,
        "max_tokens": config.get("maxTokens"),
        "temperature": config.get("temperature"),
    }
    return sent


def read_block(sent: Sent, role: str, block: dict) -> None:
    if "text" in block:
        assert block["text"].strip(), "The text field in the ContentBlock object is blank."
        sent.text(role, block["text"])
    elif image := block.get("image"):
        data = base64.b64decode(image["source"]["bytes"], validate=True)
        sent.image(role, f"image/{image['format']}", data)
    elif call := block.get("toolUse"):
        sent.call(call["toolUseId"], call["name"], call["input"])
    elif result := block.get("toolResult"):
        sent.result(result["toolUseId"], result["content"])
    elif thought := block.get("reasoningContent", {}).get("reasoningText"):
        sent.thoughts(thought["text"], thought.get("signature", ""))
    else:
        sent.say(role, block)


def usage(said: Scene) -> dict:
    used = said.usage
    return {
        "inputTokens": used.input - used.cached,
        "outputTokens": used.output,
        "totalTokens": used.total,
        "cacheReadInputTokens": used.cached,
        "cacheWriteInputTokens": 0,
        "serverToolUsage": {},
    }


def answer(said: Scene, body: dict) -> dict:
    content = []
    if said.thoughts:
        text = {"text": said.thoughts, "signature": said.state}
        content.append({"reasoningContent": {"reasoningText": text}})
    if said.text:
        content.append({"text": said.text})
    for call in said.calls:
        own = {"toolUseId": f"tooluse_{call.id}", "name": call.name, "input": call.arguments}
        content.append({"toolUse": own})
    return {
        "metrics": {"latencyMs": 551},
        "output": {"message": {"content": content, "role": "assistant"}},
        "stopReason": STOPS[said.stop],
        "usage": usage(said),
    }


def header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack("!B", len(key)) + key + struct.pack("!BH", 7, len(text)) + text


def frame(headers: bytes, payload: bytes) -> bytes:
    """Lengths, their checksum, headers, payload, and the checksum of all of it."""
    total = 12 + len(headers) + len(payload) + 4
    prelude = struct.pack("!II", total, len(headers))
    prelude += struct.pack("!I", binascii.crc32(prelude))
    whole = prelude + headers + payload
    return whole + struct.pack("!I", binascii.crc32(whole))


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def event(kind: str, **payload) -> bytes:
    padding = LETTERS[: 3 + len(dump(payload)) % 23]
    headers = header(":event-type", kind) + header(":content-type", "application/json")
    return frame(headers + header(":message-type", "event"), dump({**payload, "p": padding}))


def exception(kind: str, message: str) -> bytes:
    headers = header(":exception-type", kind) + header(":content-type", "application/json")
    return frame(headers + header(":message-type", "exception"), dump({"message": message}))


def blocks(said: Scene):
    if said.thoughts:
        deltas = [{"reasoningContent": {"text": piece}} for piece in pieces(said.thoughts)]
        yield None, [*deltas, {"reasoningContent": {"signature": said.state}}]
    if said.text:
        yield None, [{"text": piece} for piece in heard(said)]
    for call in said.calls:
        start = {"toolUse": {"toolUseId": f"tooluse_{call.id}", "name": call.name}}
        parts = ["", *pieces(dump(call.arguments).decode())]
        yield start, [{"toolUse": {"input": piece}} for piece in parts]


def stream(said: Scene, body: dict) -> Stream:
    yield event("messageStart", role="assistant")
    for index, (start, deltas) in enumerate(blocks(said)):
        if start:
            yield event("contentBlockStart", contentBlockIndex=index, start=start)
        for delta in deltas:
            yield event("contentBlockDelta", contentBlockIndex=index, delta=delta)
        if said.fault == "broken":
            yield exception("modelStreamErrorException", "The model failed.")
        if said.fault:
            return
        yield event("contentBlockStop", contentBlockIndex=index)
    yield event("messageStop", stopReason=STOPS[said.stop])
    yield event("metadata", usage=usage(said), metrics={"latencyMs": 551})


WORDS = {
    400: "ValidationException",
    401: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}


def error(status: int, message: str) -> tuple[int, dict, bytes]:
    # There is no 401: whoever is not known is denied.
    own = 403 if status == 401 else status
    return own, {"x-amzn-ErrorType": WORDS[status]}, dump({"message": message})
