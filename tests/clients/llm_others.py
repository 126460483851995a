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
kinds = (azure, vertex, ollama, chat, embeddings, rerank, refused)
[ask] = [kind for kind in kinds if kind.__name__ == name.partition("-")[0]]
json.dump(ask(url, model), sys.stdout)
