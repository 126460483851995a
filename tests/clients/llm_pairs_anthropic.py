"""The Anthropic SDK in the matrix of models."""

import base64
import json

from anthropic import Anthropic, DefaultHttpxClient
from llm_pairs_lib import (
    BUDGET, IMAGE, MAX_TOKENS, SCHEMA, SECONDS, SYSTEM, TOOLS, WITH_THOUGHTS, WITH_TOOLS, Client,
    answer, run,
)


class Messages(Client):
    name = "py-messages"

    def __init__(self, url: str, model: str) -> None:
        super().__init__(url, model)
        hooks = {"response": [lambda response: self.heard(response.headers)]}
        http = DefaultHttpxClient(event_hooks=hooks)
        key = {"api_key": "of-the-client", "max_retries": 0, "timeout": SECONDS}
        self.sdk = Anthropic(base_url=url, http_client=http, **key)

    def request(self, scene: str, prompt: str) -> dict:
        content = [{"type": "text", "text": prompt}]
        if scene == "image":
            data = base64.b64encode(IMAGE).decode()
            source = {"type": "base64", "media_type": "image/png", "data": data}
            content.append({"type": "image", "source": source})
        messages = [{"role": "user", "content": content}]
        asked = {"model": self.model, "messages": messages, "max_tokens": MAX_TOKENS}
        asked["system"] = SYSTEM
        if scene == "text":
            # The SDK has no name for it any more, and the dialect has.
            asked["extra_body"] = {"temperature": 0.5}
        if scene == "schema":
            asked["output_config"] = {"format": {"type": "json_schema", "schema": SCHEMA}}
        if scene in WITH_THOUGHTS:
            asked["thinking"] = {"type": "enabled", "budget_tokens": BUDGET}
        if scene in WITH_TOOLS:
            asked["tools"] = [
                {"name": name, "description": description, "input_schema": schema}
                for name, description, schema in TOOLS
            ]
        return asked

    def ask(self, request: dict, stream: bool):
        if not stream:
            return self.sdk.messages.create(**request)
        with self.sdk.messages.stream(**request) as events:
            return events.get_final_message()

    def told(self, answered) -> dict:
        blocks = answered.content
        text = "".join(block.text for block in blocks if block.type == "text")
        thoughts = "".join(block.thinking for block in blocks if block.type == "thinking")
        calls = [(block.name, block.input) for block in blocks if block.type == "tool_use"]
        stops = {"end_turn": "stop", "tool_use": "tool", "max_tokens": "length"}
        usage = answered.usage
        cached = usage.cache_read_input_tokens or 0
        counts = {
            "input": usage.input_tokens + cached + (usage.cache_creation_input_tokens or 0),
            "output": usage.output_tokens,
            "cached": cached,
        }
        return answer(text, calls, thoughts, stops[answered.stop_reason], counts)

    def replied(self, request: dict, answered, results: dict) -> dict:
        said = [block.model_dump(exclude_none=True, exclude_unset=True) for block in answered.content]
        for block in said:
            block.pop("parsed_output", None)
        told = [
            {
                "type": "tool_result",
                "tool_use_id": block.id,
                "content": json.dumps(results[block.name]),
            }
            for block in answered.content
            if block.type == "tool_use"
        ]
        turns = [{"role": "assistant", "content": said}, {"role": "user", "content": told}]
        return request | {"messages": [*request["messages"], *turns]}


if __name__ == "__main__":
    run(Messages)
