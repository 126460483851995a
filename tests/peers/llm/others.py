"""What is no conversation: embeddings and rerankings; and Ollama's way to speak OpenAI's dialect."""

import base64
import struct

from . import chat
from .answers import Stream, sse
from .scenes import Scene, heard


def embeddings(body: dict) -> dict:
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    vectors = [[float(len(text)), 0.5, -0.25] for text in texts]
    if body.get("encoding_format") == "base64":
        vectors = [base64.b64encode(struct.pack("<3f", *vector)).decode() for vector in vectors]
    data = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    return {"object": "list", "data": data, "model": body["model"], "usage": usage}


def rerank(body: dict) -> dict:
    """As Cohere does it: the longest document is the best."""
    documents = body["documents"]
    order = sorted(range(len(documents)), key=lambda index: -len(documents[index]))
    results = [
        {"index": index, "relevance_score": len(documents[index]) / 100}
        for index in order[: body.get("top_n", len(order))]
    ]
    meta = {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}
    return {"id": "07734bd2-2473-4f07-94e1-0d9f0e6843cf", "results": results, "meta": meta}


def ollama(said: Scene, body: dict) -> dict:
    """Without details of usage; thoughts are `reasoning`."""
    answer = chat.answer(said, body)
    for name in ("service_tier",):
        answer.pop(name)
    answer |= {"id": "chatcmpl-417", "system_fingerprint": "fp_ollama", "model": body["model"]}
    message = answer["choices"][0]["message"]
    for name in ("refusal", "annotations"):
        message.pop(name)
    if thoughts := message.pop("reasoning_content", None):
        message["reasoning"] = thoughts
    message["content"] = message["content"] or ""
    for index, call in enumerate(message.get("tool_calls", [])):
        call["index"] = index
    answer["choices"][0].pop("logprobs")
    for name in ("prompt_tokens_details", "completion_tokens_details"):
        answer["usage"].pop(name)
    return answer


def ollama_stream(said: Scene, body: dict) -> Stream:
    """Each call comes whole, and each delta has a role and a content."""
    whole = ollama(said, body)
    message = whole["choices"][0]["message"]

    def chunk(delta: dict, stop: str | None = None, **more) -> bytes:
        delta = {"role": "assistant", "content": "", **delta}
        choices = [{"index": 0, "delta": delta, "finish_reason": stop}]
        event = {name: whole[name] for name in ("id", "created", "model", "system_fingerprint")}
        return sse(None, event | {"object": "chat.completion.chunk", "choices": choices} | more)

    if said.thoughts:
        yield chunk({"reasoning": said.thoughts})
    for piece in heard(said):
        yield chunk({"content": piece})
    if calls := message.get("tool_calls"):
        yield chunk({"tool_calls": calls})
    yield chunk({}, whole["choices"][0]["finish_reason"])
    if (body.get("stream_options") or {}).get("include_usage"):
        yield chunk({}, choices=[], usage=whole["usage"])
    yield b"data: [DONE]\n\n"
