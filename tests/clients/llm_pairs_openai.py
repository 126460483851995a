"""The OpenAI SDK in the matrix of models: Chat Completions and Responses."""

import base64
import json

from llm_pairs_lib import (
    IMAGE, MAX_TOKENS, SCHEMA, SECONDS, SYSTEM, TOOLS, WITH_THOUGHTS, WITH_TOOLS, Client, answer, run,
)
from openai import DefaultHttpxClient, LengthFinishReasonError, OpenAI

URL = f"data:image/png;base64,{base64.b64encode(IMAGE).decode()}"
FORMAT = {"name": "weather", "schema": SCHEMA, "strict": True}


class OpenAi(Client):
    def __init__(self, url: str, model: str) -> None:
        super().__init__(url, model)
        hooks = {"response": [lambda response: self.heard(response.headers)]}
        http = DefaultHttpxClient(event_hooks=hooks)
        key = {"api_key": "of-the-client", "max_retries": 0, "timeout": SECONDS}
        self.sdk = OpenAI(base_url=f"{url}/v1", http_client=http, **key)


class Chat(OpenAi):
    name = "py-chat"

    def request(self, scene: str, prompt: str) -> dict:
        said = [{"type": "text", "text": prompt}, {"type": "image_url", "image_url": {"url": URL}}]
        content = said if scene == "image" else prompt
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": content}]
        asked = {"model": self.model, "messages": messages, "max_completion_tokens": MAX_TOKENS}
        if scene == "text":
            asked["temperature"] = 0.5
        if scene == "schema":
            asked["response_format"] = {"type": "json_schema", "json_schema": FORMAT}
        if scene in WITH_THOUGHTS:
            asked["reasoning_effort"] = "low"
        if scene in WITH_TOOLS:
            asked["tools"] = [{"type": "function", "function": tool(*of)} for of in TOOLS]
        return asked

    def ask(self, request: dict, stream: bool):
        if not stream:
            return self.sdk.chat.completions.create(**request)
        options = {"include_usage": True}
        try:
            with self.sdk.chat.completions.stream(**request, stream_options=options) as events:
                return events.get_final_completion()
        except LengthFinishReasonError as error:
            return error.completion

    def told(self, answered) -> dict:
        [choice] = answered.choices
        message, usage = choice.message, answered.usage
        calls = [
            (call.function.name, json.loads(call.function.arguments))
            for call in message.tool_calls or []
        ]
        stop = {"stop": "stop", "tool_calls": "tool", "length": "length"}[choice.finish_reason]
        cached = usage.prompt_tokens_details and usage.prompt_tokens_details.cached_tokens
        spent = usage.completion_tokens_details
        counts = {
            "input": usage.prompt_tokens,
            "output": usage.completion_tokens,
            "total": usage.total_tokens,
            "cached": cached,
            "reasoning": spent and spent.reasoning_tokens,
        }
        thoughts = getattr(message, "reasoning_content", None) or ""
        return answer(message.content or "", calls, thoughts, stop, counts)

    def replied(self, request: dict, answered, results: dict) -> dict:
        message = answered.choices[0].message
        said = message.model_dump(exclude_none=True, exclude_unset=True)
        for call in said["tool_calls"]:
            call["function"].pop("parsed_arguments", None)
        said.pop("parsed", None)
        told = [
            {"role": "tool", "tool_call_id": call.id, "content": json.dumps(results[call.function.name])}
            for call in message.tool_calls
        ]
        return request | {"messages": [*request["messages"], said, *told]}


class Responses(OpenAi):
    name = "py-responses"

    def request(self, scene: str, prompt: str) -> dict:
        content = [{"type": "input_text", "text": prompt}]
        if scene == "image":
            content.append({"type": "input_image", "image_url": URL, "detail": "auto"})
        said = content if scene == "image" else prompt
        asked = {"model": self.model, "input": [{"role": "user", "content": said}]}
        asked |= {"instructions": SYSTEM, "max_output_tokens": MAX_TOKENS}
        if scene == "text":
            asked["temperature"] = 0.5
        if scene == "schema":
            asked["text"] = {"format": {"type": "json_schema", **FORMAT}}
        if scene in WITH_THOUGHTS:
            asked["reasoning"] = {"effort": "low", "summary": "auto"}
            asked |= {"include": ["reasoning.encrypted_content"], "store": False}
        if scene in WITH_TOOLS:
            asked["tools"] = [{"type": "function", **tool(*of)} for of in TOOLS]
        return asked

    def ask(self, request: dict, stream: bool):
        if not stream:
            return self.sdk.responses.create(**request)
        deltas: dict[str, str] = {}
        whole = None
        with self.sdk.responses.stream(**request) as events:
            for event in events:
                if event.type.endswith(".delta"):
                    deltas[event.type] = deltas.get(event.type, "") + event.delta
                elif event.type in ("response.completed", "response.incomplete"):
                    whole = event.response
        if whole is None:
            return events.get_final_response()
        # What the last event tells is what the deltas told.
        told = self.told(whole)
        assert deltas.get("response.output_text.delta", "") == told["text"], deltas
        assert deltas.get("response.reasoning_summary_text.delta", "") == told["thoughts"], deltas
        arguments = "".join(i.arguments for i in whole.output if i.type == "function_call")
        assert deltas.get("response.function_call_arguments.delta", "") == arguments, deltas
        return whole

    def told(self, answered) -> dict:
        calls, thoughts = [], ""
        for item in answered.output:
            if item.type == "function_call":
                calls.append((item.name, json.loads(item.arguments)))
            elif item.type == "reasoning":
                thoughts += "".join(part.text for part in item.summary)
        stop = "tool" if calls else {"completed": "stop", "incomplete": "length"}[answered.status]
        usage = answered.usage
        counts = {
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "total": usage.total_tokens,
            "cached": usage.input_tokens_details.cached_tokens,
            "reasoning": usage.output_tokens_details.reasoning_tokens,
        }
        return answer(answered.output_text, calls, thoughts, stop, counts)

    def replied(self, request: dict, answered, results: dict) -> dict:
        said = [item.model_dump(exclude_none=True, exclude_unset=True) for item in answered.output]
        for item in said:
            item.pop("parsed_arguments", None)
            for part in item.get("content") or []:
                part.pop("parsed", None)
        told = [
            {
                "type": "function_call_output",
                "call_id": item.call_id,
                "output": json.dumps(results[item.name]),
            }
            for item in answered.output
            if item.type == "function_call"
        ]
        return request | {"input": [*request["input"], *said, *told]}


def tool(name: str, description: str, schema: dict) -> dict:
    return {"name": name, "description": description, "parameters": schema, "strict": True}


if __name__ == "__main__":
    run(Chat, Responses)
