"""Gemini's generateContent, and Vertex's."""

import base64

from .answers import Stream, dump, sse
from .scenes import Scene, heard, pieces
from .sent import Sent

MODEL = "gemini-2.5-flash"
STOPS = {"stop": "STOP", "tool": "STOP", "length": "MAX_TOKENS"}


def either(of: dict, camel: str):
    """Both spellings are taken."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in camel)
    return of.get(camel, of.get(snake))


def read(body: dict) -> Sent:
    sent = Sent()
    system = either(body, "systemInstruction") or {}
    sent.system = [part["text"] for part in system.get("parts", [])]
    for content in body["contents"]:
        role = {"model": "assistant"}.get(content.get("role", "user"), "user")
        results: dict[str, int] = {}
        for part in content["parts"]:
            read_part(sent, role, part, results)
    for tool in body.get("tools") or []:
        for one in either(tool, "functionDeclarations") or []:
            schema = either(one, "parametersJsonSchema") or one.get("parameters")
            sent.tool(one["name"], one.get("description"), lower(schema))
    config = either(body, "generationConfig") or {}
    thinking = either(config, "thinkingConfig") or {}
    sent.more = {
        "schema": lower(either(config, "responseJsonSchema") or either(config, "responseSchema")),
        "budget": either(thinking, "thinkingBudget"),
        "effort": either(thinking, "thinkingLevel"),
        "max_tokens": either(config, "maxOutputTokens"),
        "temperature": config.get("temperature"),
    }
    return sent


def read_part(sent: Sent, role: str, part: dict, results: dict) -> None:
    if part.get("thought"):
        sent.thoughts(part.get("text", ""), either(part, "thoughtSignature") or "")
    elif call := either(part, "functionCall"):
        # Without ids, calls and results of a name belong together in their order.
        sent.call(call.get("id") or key(call["name"], results), call["name"], call.get("args", {}))
        if signature := either(part, "thoughtSignature"):
            sent.say("assistant", {"state": signature})
    elif result := either(part, "functionResponse"):
        own = result.get("id") or key(result["name"], results)
        sent.result(own, result["response"])
    elif "text" in part:
        sent.text(role, part["text"])
    elif data := either(part, "inlineData"):
        # Both alphabets are taken, and Google's own SDK writes that of URLs.
        text = data["data"].replace("-", "+").replace("_", "/")
        sent.image(role, either(data, "mimeType"), base64.b64decode(text, validate=True))
    else:
        sent.say(role, part)


def key(name: str, seen: dict) -> str:
    seen[name] = seen.get(name, -1) + 1
    return f"{name} {seen[name]}"


def lower(schema):
    """The types of OpenAPI are written in capitals by some."""
    if isinstance(schema, list):
        return [lower(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    of = {name: lower(value) for name, value in schema.items() if name != "propertyOrdering"}
    if isinstance(of.get("type"), str):
        of["type"] = of["type"].lower()
    return of


def usage(said: Scene, output: int | None = None) -> dict:
    used = said.usage
    told = {
        "promptTokenCount": used.input,
        "candidatesTokenCount": used.output - used.reasoning if output is None else output,
        "totalTokenCount": used.total,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": used.input}],
    }
    if used.cached:
        told["cachedContentTokenCount"] = used.cached
    if used.reasoning:
        told["thoughtsTokenCount"] = used.reasoning
    return told


def chunk(said: Scene, parts: list, stop: str | None, told: dict) -> dict:
    candidate = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if stop:
        candidate["finishReason"] = stop
    own = {"modelVersion": MODEL, "responseId": "oRIhscripted"}
    return {"candidates": [candidate], "usageMetadata": told, **own}


def calls(said: Scene) -> list[dict]:
    parts = []
    for call in said.calls:
        part = {"functionCall": {"name": call.name, "args": call.arguments}}
        # Of parallel calls the first alone has the signature.
        if said.state and not parts:
            part["thoughtSignature"] = said.state
        parts.append(part)
    return parts


def answer(said: Scene, body: dict) -> dict:
    parts = []
    if said.thoughts:
        parts.append({"text": said.thoughts, "thought": True})
    if said.text:
        signature = {"thoughtSignature": said.state} if said.state and not said.calls else {}
        parts.append({"text": said.text, **signature})
    return chunk(said, parts + calls(said), STOPS[said.stop], usage(said))


def stream(said: Scene, body: dict) -> Stream:
    def event(parts: list, stop: str | None = None, told: dict | None = None) -> bytes:
        return sse(None, chunk(said, parts, stop, told or usage(said, 1)), end="\r\n")

    for piece in pieces(said.thoughts):
        yield event([{"text": piece, "thought": True}])
    for piece in heard(said):
        yield event([{"text": piece}])
    if said.fault == "broken":
        yield sse(None, error_body(503, "The model is overloaded."), end="\r\n")
    if said.fault:
        return
    for part in calls(said):
        yield event([part])
    signature = {"thoughtSignature": said.state} if said.state and not said.calls else {}
    yield event([{"text": "", **signature}], STOPS[said.stop], usage(said))


WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


def error_body(status: int, message: str) -> dict:
    body = {"code": status, "message": message, "status": WORDS[status]}
    if status == 429:
        info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}
        body["details"] = [info]
    return {"error": body}


def error(status: int, message: str) -> tuple[int, dict, bytes]:
    return status, {}, dump(error_body(status, message))
