"""SDKs before providers that are not the ones of the matrix: `NAME URL MODEL`, one JSON object on stdout."""

import json
import sys

import cohere
from google import genai
from google.genai import types
from llm_pairs_lib import PROMPTS, SECONDS
from llm_pairs_openai import Chat
from openai import AzureOpenAI, OpenAI


def told(client: Chat) -> dict:
    """Three scenes, each in both modes."""
    return {
        scene: [
            client.play(scene, f"[{scene}/{sys.argv[1]}.{scene}.{stream}] {PROMPTS[scene]}", stream)
            for stream in (False, True)
        ]
        for scene in ("text", "results", "reasoning")
    }


def azure(url: str, model: str) -> dict:
    client = Chat(url, model)
    key = {"api_key": "of-the-client", "api_version": "2024-10-21", "max_retries": 0}
    client.sdk = AzureOpenAI(azure_endpoint=url, timeout=SECONDS, **key)
    return told(client)


def chat(url: str, model: str) -> dict:
    return told(Chat(url, model))


class Ollama(Chat):
    """Thoughts are `reasoning` there, and arguments of streamed calls come whole."""

    def told(self, answered) -> dict:
        message = answered.choices[0].message
        thoughts = getattr(message, "reasoning", None) or ""
        return super().told(answered) | {"thoughts": thoughts}


def ollama(url: str, model: str) -> dict:
    return told(Ollama(url, model))


GRAMMAR = {"syntax": "lark", "definition": "start: LINE+"}


def custom(url: str, model: str) -> dict:
    """A custom tool in both dialects of OpenAI, and the answer to what it said."""
    sdk = OpenAI(base_url=f"{url}/v1", api_key="of-the-client", max_retries=0, timeout=SECONDS)
    return {
        dialect.__name__: [
            dialect(sdk, model, f"[custom/{sys.argv[1]}.{dialect.__name__}.{stream}] Edit it.", stream)
            for stream in (False, True)
        ]
        for dialect in (responses, completions)
    }


def responses(sdk: OpenAI, model: str, prompt: str, stream: bool) -> dict:
    tool = {"type": "custom", "name": "apply_patch", "description": "Edits files."}
    tool["format"] = {"type": "grammar", **GRAMMAR}
    asked = {"model": model, "input": [{"role": "user", "content": prompt}], "tools": [tool]}
    pieces = ""
    if stream:
        with sdk.responses.stream(**asked) as events:
            for event in events:
                if event.type == "response.custom_tool_call_input.delta":
                    pieces += event.delta
            answered = events.get_final_response()
    else:
        answered = sdk.responses.create(**asked)
    [call] = [item for item in answered.output if item.type == "custom_tool_call"]
    assert pieces in ("", call.input), pieces
    said = [item.model_dump(exclude_none=True, exclude_unset=True) for item in answered.output]
    result = {"type": "custom_tool_call_output", "call_id": call.call_id, "output": "done"}
    then = sdk.responses.create(**asked | {"input": [*asked["input"], *said, result]})
    return {"name": call.name, "input": call.input, "pieces": bool(pieces), "then": then.output_text}


def completions(sdk: OpenAI, model: str, prompt: str, stream: bool) -> dict:
    tool = {"name": "apply_patch", "description": "Edits files."}
    tool["format"] = {"type": "grammar", "grammar": GRAMMAR}
    messages = [{"role": "user", "content": prompt}]
    asked = {"model": model, "messages": messages, "tools": [{"type": "custom", "custom": tool}]}
    if stream:
        call: dict = {"custom": {"input": ""}}
        for chunk in sdk.chat.completions.create(**asked, stream=True):
            for piece in chunk.choices[0].delta.tool_calls or [] if chunk.choices else []:
                # The SDK knows functions alone here, and keeps what it does not know.
                told = piece.model_dump(exclude_none=True, exclude_unset=True, warnings=False)
                told["custom"]["input"] = call["custom"]["input"] + told["custom"]["input"]
                call = {**call, **told, "custom": {**call["custom"], **told["custom"]}}
        call.pop("index")
    else:
        [told] = sdk.chat.completions.create(**asked).choices[0].message.tool_calls
        call = told.model_dump(exclude_none=True, exclude_unset=True)
    assert call["type"] == "custom", call
    result = {"role": "tool", "tool_call_id": call["id"], "content": "done"}
    said = {"role": "assistant", "content": None, "tool_calls": [call]}
    then = sdk.chat.completions.create(**asked | {"messages": [*messages, said, result]})
    return {**call["custom"], "pieces": stream, "then": then.choices[0].message.content}


def vertex(url: str, model: str) -> dict:
    options = types.HttpOptions(base_url=url, timeout=SECONDS * 1000)
    sdk = genai.Client(api_key="of-the-client", vertexai=False, http_options=options)
    asked = {"model": model, "contents": f"[text/{sys.argv[1]}.text.False] Say something."}
    whole = sdk.models.generate_content(**asked)
    asked["contents"] = f"[text/{sys.argv[1]}.text.True] Say something."
    chunks = list(sdk.models.generate_content_stream(**asked))
    streamed = "".join(chunk.text or "" for chunk in chunks)
    return {"text": [{"text": whole.text}, {"text": streamed}]}


def embeddings(url: str, model: str) -> dict:
    sdk = OpenAI(base_url=f"{url}/v1", api_key="of-the-client", max_retries=0, timeout=SECONDS)
    answer = sdk.embeddings.create(model=model, input=["one", "three"])
    vectors = [data.embedding for data in answer.data]
    return {"vectors": vectors, "total": answer.usage.total_tokens, "model": answer.model}


def rerank(url: str, model: str) -> dict:
    sdk = cohere.ClientV2(api_key="of-the-client", base_url=url, timeout=SECONDS)
    documents = ["one", "three", "to"]
    answer = sdk.rerank(model=model, query="Which is long?", documents=documents, top_n=2)
    results = [[result.index, result.relevance_score] for result in answer.results]
    return {"results": results, "units": answer.meta.billed_units.search_units}


def refused(url: str, model: str) -> dict:
    sdk = cohere.ClientV2(api_key="of-the-client", base_url=url, timeout=SECONDS)
    try:
        sdk.rerank(model=model, query="Which is long?", documents=["one"])
    except cohere.errors.BadRequestError as error:
        return {"status": error.status_code, "message": error.body["message"]}
    return {}


name, url, model = sys.argv[1:]
kinds = (azure, vertex, ollama, chat, custom, embeddings, rerank, refused)
[ask] = [kind for kind in kinds if kind.__name__ == name.partition("-")[0]]
json.dump(ask(url, model), sys.stdout)
