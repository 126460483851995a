"""OpenAI Chat Completions."""

import base64
import json

from .answers import Stream, dump, sse
from .scenes import Call, Scene, heard, pieces
from .sent import Sent

MODEL = "gpt-5.1-2025-11-13"
STOPS = {"stop": "stop", "tool": "tool_calls", "length": "length"}


def read(body: dict) -> Sent:
    sent = Sent()
    for message in body["messages"]:
        role, content = message["role"], message.get("content")
        if role in ("system", "developer"):
            sent.system.append(content if isinstance(content, str) else joined(content))
        elif role == "tool":
            text = content if isinstance(content, str) else joined(content)
            sent.result(message["tool_call_id"], text)
        else:
            read_turn(sent, role, content, message)
    for tool in body.get("tools", []):
        function = tool["function"]
        sent.tool(function["name"], function.get("description"), function.get("parameters"))
    form = body.get("response_format") or {}
    sent.more = {
        "schema": form.get("json_schema", {}).get("schema"),
        "effort": body.get("reasoning_effort"),
        "max_tokens": body.get("max_completion_tokens", body.get("max_tokens")),
        "temperature": body.get("temperature"),
    }
    return sent


def read_turn(sent: Sent, role: str, content, message: dict) -> None:
    if message.get("reasoning_content"):
        sent.thoughts(message["reasoning_content"], "")
    if isinstance(content, str):
        sent.text(role, content)
    for part in content if isinstance(content, list) else []:
        if part["type"] == "text":
            sent.text(role, part["text"])
        elif part["type"] == "image_url":
            head, data = part["image_url"]["url"].split(",", 1)
            media_type = head.removeprefix("data:").removesuffix(";base64")
            sent.image(role, media_type, base64.b64decode(data, validate=True))
        else:
            sent.say(role, part)
    for call in message.get("tool_calls") or []:
        function = call["function"]
        sent.call(call["id"], function["name"], json.loads(function["arguments"]))


def joined(parts: list) -> str:
    return "".join(part["text"] for part in parts)


def call_of(call: Call) -> dict:
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    return {"id": f"call_{call.id}", "type": "function", "function": function}


def usage(said: Scene) -> dict:
    used = said.usage
    more = {"audio_tokens": 0}
    spent = {"accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0, **more}
    return {
        "prompt_tokens": used.input,
        "completion_tokens": used.output,
        "total_tokens": used.total,
        "prompt_tokens_details": {"cached_tokens": used.cached, **more},
        "completion_tokens_details": {"reasoning_tokens": used.reasoning, **spent},
    }


def head(kind: str) -> dict:
    return {
        "id": "chatcmpl-CMKBscripted",
        "object": kind,
        "created": 1764000000,
        "model": MODEL,
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
    }


def answer(said: Scene, body: dict) -> dict:
    message = {"role": "assistant", "content": said.text or None}
    if said.thoughts:
        message["reasoning_content"] = said.thoughts
    if said.calls:
        message["tool_calls"] = [call_of(call) for call in said.calls]
    message |= {"refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None}
    choice["finish_reason"] = STOPS[said.stop]
    return head("chat.completion") | {"choices": [choice], "usage": usage(said)}


def deltas(said: Scene):
    yield {"role": "assistant", "content": "", "refusal": None}
    for piece in pieces(said.thoughts):
        yield {"reasoning_content": piece}
    for piece in heard(said):
        yield {"content": piece}
    for index, call in enumerate(said.calls):
        first = call_of(call)
        arguments = first["function"].pop("arguments")
        first["function"]["arguments"] = ""
        yield {"tool_calls": [{"index": index, **first}]}
        for piece in pieces(arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def stream(said: Scene, body: dict) -> Stream:
    asked = (body.get("stream_options") or {}).get("include_usage")

    def chunk(choices: list, **more) -> bytes:
        event = head("chat.completion.chunk") | {"choices": choices}
        if asked:
            event |= {"usage": None}
        return sse(None, event | more | {"obfuscation": "Xa9Zq"})

    for delta in deltas(said):
        yield chunk([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}])
    if said.fault == "broken":
        error = {"message": "The server had an error", "type": "server_error"}
        yield sse(None, {"error": error | {"param": None, "code": None}})
    if said.fault:
        return
    yield chunk([{"index": 0, "delta": {}, "logprobs": None, "finish_reason": STOPS[said.stop]}])
    if asked:
        yield chunk([], usage=usage(said))
    yield b"data: [DONE]\n\n"


WORDS = {
    400: ("invalid_request_error", "invalid_value"),
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    503: ("server_error", None),
}


def error(status: int, message: str) -> tuple[int, dict, bytes]:
    kind, code = WORDS[status]
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return status, {}, dump(body)
