"""Anthropic Messages."""

import base64

from .answers import Stream, dump, sse
from .scenes import Scene, heard, pieces
from .sent import Sent

MODEL = "claude-sonnet-4-5-20250929"
STOPS = {"stop": "end_turn", "tool": "tool_use", "length": "max_tokens"}


def read(body: dict) -> Sent:
    sent = Sent()
    system = body.get("system") or []
    sent.system = [system] if isinstance(system, str) else [block["text"] for block in system]
    for message in body["messages"]:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for block in blocks:
            read_block(sent, message["role"], block)
    for tool in body.get("tools", []):
        sent.tool(tool["name"], tool.get("description"), tool["input_schema"])
    output = body.get("output_config") or {}
    thinking = body.get("thinking") or {}
    sent.more = {
        "schema": (output.get("format") or {}).get("schema"),
        "effort": output.get("effort"),
        "budget": thinking.get("budget_tokens"),
        "adaptive": thinking.get("type") == "adaptive" or None,
        "max_tokens": body["max_tokens"],
        "temperature": body.get("temperature"),
    }
    return sent


def read_block(sent: Sent, role: str, block: dict) -> None:
    match block["type"]:
        case "text":
            assert block["text"], "text content blocks must be non-empty"
            sent.text(role, block["text"])
        case "image":
            source = block["source"]
            data = base64.b64decode(source["data"], validate=True)
            sent.image(role, source["media_type"], data)
        case "tool_use":
            sent.call(block["id"], block["name"], block["input"])
        case "tool_result":
            sent.result(block["tool_use_id"], block["content"])
        case "thinking":
            sent.thoughts(block["thinking"], block["signature"])
        case _:
            sent.say(role, block)


def usage(said: Scene) -> dict:
    used = said.usage
    told = {
        "input_tokens": used.input - used.cached,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": used.cached,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": used.output,
        "service_tier": "standard",
    }
    if used.reasoning:
        told["output_tokens_details"] = {"thinking_tokens": used.reasoning}
    return told


def head() -> dict:
    told = {"id": "msg_01scripted", "type": "message", "role": "assistant"}
    return {"model": MODEL, **told}


def answer(said: Scene, body: dict) -> dict:
    content = []
    if said.thoughts:
        thought = {"type": "thinking", "thinking": said.thoughts, "signature": said.state}
        content.append(thought)
    if said.text:
        content.append({"type": "text", "text": said.text})
    for call in said.calls:
        own = {"id": f"toolu_{call.id}", "name": call.name, "input": call.arguments}
        content.append({"type": "tool_use", **own})
    stop = {"stop_reason": STOPS[said.stop], "stop_sequence": None}
    return head() | {"content": content, **stop, "usage": usage(said)}


def blocks(said: Scene):
    if said.thoughts:
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(said.thoughts)]
        deltas.append({"type": "signature_delta", "signature": said.state})
        yield {"type": "thinking", "thinking": "", "signature": ""}, deltas
    if said.text:
        deltas = [{"type": "text_delta", "text": piece} for piece in heard(said)]
        yield {"type": "text", "text": ""}, deltas
    for call in said.calls:
        parts = ["", *pieces(dump(call.arguments).decode())]
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in parts]
        own = {"id": f"toolu_{call.id}", "name": call.name, "input": {}}
        yield {"type": "tool_use", **own}, deltas


def event(kind: str, pad: int = 0, **more) -> bytes:
    return sse(kind, {"type": kind, **more}, " " * pad)


def stream(said: Scene, body: dict) -> Stream:
    first = usage(said) | {"output_tokens": 1}
    first.pop("output_tokens_details", None)
    nothing = {"content": [], "stop_reason": None, "stop_sequence": None}
    yield event("message_start", 4, message=head() | nothing | {"usage": first})
    for index, (block, deltas) in enumerate(blocks(said)):
        yield event("content_block_start", 9, index=index, content_block=block)
        yield event("ping")
        for at, delta in enumerate(deltas):
            yield event("content_block_delta", at % 11, index=index, delta=delta)
        if said.fault == "broken":
            yield sse("error", error_body("overloaded_error", "Overloaded"))
        if said.fault:
            return
        yield event("content_block_stop", 2, index=index)
    stop = {"stop_reason": STOPS[said.stop], "stop_sequence": None}
    yield event("message_delta", 5, delta=stop, usage=usage(said))
    yield event("message_stop", 8)


WORDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    503: "overloaded_error",
}


def error_body(kind: str, message: str) -> dict:
    body = {"type": "error", "error": {"type": kind, "message": message}}
    return body | {"request_id": "req_011scripted"}


def error(status: int, message: str) -> tuple[int, dict, bytes]:
    # Anthropic has a status of its own for too much load.
    own = 529 if status == 503 else status
    return own, {}, dump(error_body(WORDS[status], message))
