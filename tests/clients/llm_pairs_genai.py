"""The Google Gen AI SDK in the matrix of models."""

from google import genai
from google.genai import types
from llm_pairs_lib import (
    BUDGET, IMAGE, MAX_TOKENS, SCHEMA, SECONDS, SYSTEM, TOOLS, WITH_THOUGHTS, WITH_TOOLS, Client,
    answer, run,
)


class Gemini(Client):
    name = "py-gemini"

    def __init__(self, url: str, model: str) -> None:
        super().__init__(url, model)
        options = types.HttpOptions(
            base_url=url,
            timeout=SECONDS * 1000,
            retry_options=types.HttpRetryOptions(attempts=1),
        )
        self.sdk = genai.Client(api_key="of-the-client", vertexai=False, http_options=options)

    def request(self, scene: str, prompt: str) -> dict:
        parts = [types.Part(text=prompt)]
        if scene == "image":
            parts.append(types.Part.from_bytes(data=IMAGE, mime_type="image/png"))
        config: dict = {"system_instruction": SYSTEM, "max_output_tokens": MAX_TOKENS}
        if scene == "text":
            config["temperature"] = 0.5
        if scene == "schema":
            config["response_mime_type"] = "application/json"
            config["response_json_schema"] = SCHEMA
        if scene in WITH_THOUGHTS:
            thinking = types.ThinkingConfig(include_thoughts=True, thinking_budget=BUDGET)
            config["thinking_config"] = thinking
        if scene in WITH_TOOLS:
            declared = [
                types.FunctionDeclaration(
                    name=name, description=description, parameters_json_schema=schema
                )
                for name, description, schema in TOOLS
            ]
            config["tools"] = [types.Tool(function_declarations=declared)]
            off = types.AutomaticFunctionCallingConfig(disable=True)
            config["automatic_function_calling"] = off
        contents = [types.Content(role="user", parts=parts)]
        config = types.GenerateContentConfig(**config)
        return {"model": self.model, "contents": contents, "config": config}

    def ask(self, request: dict, stream: bool) -> list:
        models = self.sdk.models
        if stream:
            chunks = list(models.generate_content_stream(**request))
        else:
            chunks = [models.generate_content(**request)]
        headers = chunks[0].sdk_http_response.headers
        self.heard({name.lower(): value for name, value in headers.items()})
        return chunks

    def told(self, chunks: list) -> dict:
        # The SDK does not put chunks together.
        parts = said(chunks)
        text = "".join(part.text for part in parts if part.text and not part.thought)
        thoughts = "".join(part.text for part in parts if part.text and part.thought)
        calls = [(part.function_call.name, part.function_call.args) for part in parts if part.function_call]
        [reason] = {c.finish_reason for chunk in chunks for c in chunk.candidates or [] if c.finish_reason}
        stop = {"STOP": "tool" if calls else "stop", "MAX_TOKENS": "length"}[reason.name]
        usage = chunks[-1].usage_metadata
        reasoning = usage.thoughts_token_count or 0
        counts = {
            "input": usage.prompt_token_count,
            "output": (usage.candidates_token_count or 0) + reasoning,
            "total": usage.total_token_count,
            "cached": usage.cached_content_token_count,
            "reasoning": reasoning,
        }
        return answer(text, calls, thoughts, stop, counts)

    def replied(self, request: dict, chunks: list, results: dict) -> dict:
        parts = said(chunks)
        told = []
        for part in parts:
            if call := part.function_call:
                result = types.FunctionResponse(id=call.id, name=call.name, response=results[call.name])
                told.append(types.Part(function_response=result))
        turns = [types.Content(role="model", parts=parts), types.Content(role="user", parts=told)]
        return request | {"contents": [*request["contents"], *turns]}


def said(chunks: list) -> list:
    contents = [c.content for chunk in chunks for c in chunk.candidates or [] if c.content]
    return [part for content in contents for part in content.parts or []]


if __name__ == "__main__":
    run(Gemini)
