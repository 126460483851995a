"""OpenAI Responses."""

import base64
import json

from .answers import Stream, dump, sse
from .chat import error as error  # The same as Chat's.
from .scenes import Scene, heard, pieces
from .sent import Sent

MODEL = "gpt-5.1-2025-11-13"


def read(body: dict) -> Sent:
    sent = Sent()
    if body.get("instructions"):
        sent.system.append(body["instructions"])
    items = body["input"]
    for item in [{"role": "user", "content": items}] if isinstance(items, str) else items:
        read_item(sent, item)
    for tool in body.get("tools", []):
        sent.tool(tool["name"], tool.get("description"), tool.get("parameters"))
    form = (body.get("text") or {}).get("format") or {}
    sent.more = {
        "schema": form.get("schema"),
        "effort": (body.get("reasoning") or {}).get("effort"),
        "max_tokens": body.get("max_output_tokens"),
        "temperature": body.get("temperature"),
    }
    return sent


def read_item(sent: Sent, item: dict) -> None:
    match item.get("type", "message"):
        case "message":
            read_message(sent, item["role"], item["content"])
        case "function_call":
            sent.call(item["call_id"], item["name"], json.loads(item["arguments"]))
        case "function_call_output":
            sent.result(item["call_id"], item["output"])
        case "reasoning":
            text = "".join(part["text"] for part in item.get("summary", []))
            sent.thoughts(text, item.get("encrypted_content") or "")
        case _:
            sent.say("assistant", item)


def read_message(sent: Sent, role: str, content) -> None:
    parts = [{"type": "input_text", "text": content}] if isinstance(content, str) else content
    for part in parts:
        if role in ("system", "developer"):
            sent.system.append(part["text"])
        elif part["type"] in ("input_text", "output_text"):
            sent.text(role, part["text"])
        elif part["type"] == "input_image":
            head, data = part["image_url"].split(",", 1)
            media_type = head.removeprefix("data:").removesuffix(";base64")
            sent.image(role, media_type, base64.b64decode(data, validate=True))
        else:
            sent.say(role, part)


def usage(said: Scene) -> dict:
    used = said.usage
    return {
        "input_tokens": used.input,
        "input_tokens_details": {"cached_tokens": used.cached, "cache_write_tokens": 0},
        "output_tokens": used.output,
        "output_tokens_details": {"reasoning_tokens": used.reasoning},
        "total_tokens": used.total,
    }


def response(body: dict, status: str, output: list, told: dict | None) -> dict:
    return {
        "id": "resp_0scripted",
        "object": "response",
        "created_at": 1764000000,
        "status": status,
        "background": False,
        "completed_at": 1764000001 if status == "completed" else None,
        "error": None,
        "frequency_penalty": 0.0,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "max_tool_calls": None,
        "metadata": {},
        "model": MODEL,
        "output": output,
        "parallel_tool_calls": True,
        "presence_penalty": 0.0,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "prompt_cache_retention": None,
        "reasoning": {"effort": None, "summary": None} | (body.get("reasoning") or {}),
        "safety_identifier": None,
        "service_tier": "default",
        "store": body.get("store", True),
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"} | (body.get("text") or {}),
        "tool_choice": "auto",
        "tools": body.get("tools", []),
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": told,
        "user": None,
    }


def items(said: Scene) -> list[dict]:
    output: list[dict] = []
    if said.thoughts:
        summary = [{"type": "summary_text", "text": said.thoughts}]
        own = {"encrypted_content": said.state, "summary": summary}
        output.append({"id": "rs_0scripted", "type": "reasoning", **own})
    if said.text:
        text = "".join(heard(said))
        part = {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
        own = {"type": "message", "status": "completed", "content": [part], "role": "assistant"}
        output.append({"id": "msg_0scripted", **own})
    for call in said.calls:
        arguments = dump(call.arguments).decode()
        own = {"arguments": arguments, "call_id": f"call_{call.id}", "name": call.name}
        head = {"id": f"fc_0{call.id}", "type": "function_call", "status": "completed"}
        output.append(head | own)
    return output


def end(said: Scene) -> str:
    return "incomplete" if said.stop == "length" else "completed"


def answer(said: Scene, body: dict) -> dict:
    return response(body, end(said), items(said), usage(said))


class Writer:
    """Counts events."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self, kind: str, **more) -> bytes:
        event = {"type": kind, **more, "sequence_number": self._next}
        self._next += 1
        return sse(kind, event)


def stream(said: Scene, body: dict) -> Stream:
    event = Writer()
    begun = response(body, "in_progress", [], None)
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    for index, item in enumerate(items(said)):
        at = {"item_id": item["id"], "output_index": index}
        writer = {"reasoning": thought, "message": message, "function_call": call}[item["type"]]
        yield from writer(event, item, at, bool(said.fault))
        if said.fault:
            break
        yield event("response.output_item.done", item=item, output_index=index)
    if said.fault == "broken":
        told = {"type": "server_error", "code": "server_error", "message": "An error occurred."}
        yield event("error", error=told | {"param": None})
        failed = response(body, "failed", [], None)
        failed["error"] = {"code": "server_error", "message": "An error occurred."}
        yield event("response.failed", response=failed)
    if said.fault:
        return
    status = end(said)
    yield event(f"response.{status}", response=response(body, status, items(said), usage(said)))


def thought(event: Writer, item: dict, at: dict, _faulty: bool) -> Stream:
    begun = item | {"summary": [], "encrypted_content": "YmVndW4="}
    yield event("response.output_item.added", item=begun, output_index=at["output_index"])
    at = at | {"summary_index": 0}
    text = item["summary"][0]["text"]
    part = {"type": "summary_text", "text": ""}
    yield event("response.reasoning_summary_part.added", **at, part=part)
    for piece in pieces(text):
        more = {"delta": piece, "obfuscation": "7VLGp4ah"}
        yield event("response.reasoning_summary_text.delta", **at, **more)
    yield event("response.reasoning_summary_text.done", **at, text=text)
    yield event("response.reasoning_summary_part.done", **at, part=part | {"text": text})


def message(event: Writer, item: dict, at: dict, faulty: bool) -> Stream:
    begun = item | {"status": "in_progress", "content": []}
    yield event("response.output_item.added", item=begun, output_index=at["output_index"])
    at = at | {"content_index": 0}
    part = item["content"][0]
    yield event("response.content_part.added", **at, part=part | {"text": ""})
    for piece in pieces(part["text"]):
        more = {"delta": piece, "logprobs": [], "obfuscation": "FK0CoxhEf"}
        yield event("response.output_text.delta", **at, **more)
    if faulty:
        return
    yield event("response.output_text.done", **at, logprobs=[], text=part["text"])
    yield event("response.content_part.done", **at, part=part)


def call(event: Writer, item: dict, at: dict, _faulty: bool) -> Stream:
    begun = item | {"status": "in_progress", "arguments": ""}
    yield event("response.output_item.added", item=begun, output_index=at["output_index"])
    for piece in pieces(item["arguments"]):
        more = {"delta": piece, "obfuscation": "8xJ"}
        yield event("response.function_call_arguments.delta", **at, **more)
    more = {"arguments": item["arguments"], "name": item["name"]}
    yield event("response.function_call_arguments.done", **at, **more)
