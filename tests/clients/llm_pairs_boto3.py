"""Amazon's SDK in the matrix of models: Bedrock's Converse."""

import json

import boto3
from botocore.config import Config
from llm_pairs_lib import (
    BUDGET, IMAGE, MAX_TOKENS, SCHEMA, SECONDS, SYSTEM, TOOLS, WITH_THOUGHTS, WITH_TOOLS, Client,
    answer, run,
)


class Converse(Client):
    name = "py-converse"

    def __init__(self, url: str, model: str) -> None:
        super().__init__(url, model)
        key = {"aws_access_key_id": "AKIDSCRIPTED", "aws_secret_access_key": "scripted/secret+key"}
        once = {"max_attempts": 1, "mode": "standard"}
        config = Config(retries=once, read_timeout=SECONDS, connect_timeout=SECONDS)
        self.sdk = boto3.client(
            "bedrock-runtime", region_name="us-east-1", endpoint_url=url, config=config, **key
        )

    def request(self, scene: str, prompt: str) -> dict:
        content = [{"text": prompt}]
        if scene == "image":
            content.append({"image": {"format": "png", "source": {"bytes": IMAGE}}})
        config: dict = {"maxTokens": MAX_TOKENS}
        asked = {
            "modelId": self.model,
            "messages": [{"role": "user", "content": content}],
            "system": [{"text": SYSTEM}],
            "inferenceConfig": config,
        }
        if scene == "text":
            config["temperature"] = 0.5
        if scene == "schema":
            form = {"jsonSchema": {"schema": json.dumps(SCHEMA), "name": "weather"}}
            asked["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": form}}
        if scene in WITH_THOUGHTS:
            thinking = {"type": "enabled", "budget_tokens": BUDGET}
            asked["additionalModelRequestFields"] = {"thinking": thinking}
        if scene in WITH_TOOLS:
            tools = [
                {"toolSpec": {"name": name, "description": description, "inputSchema": {"json": schema}}}
                for name, description, schema in TOOLS
            ]
            asked["toolConfig"] = {"tools": tools}
        return asked

    def ask(self, request: dict, stream: bool) -> dict:
        if stream:
            answered = self.sdk.converse_stream(**request)
        else:
            answered = self.sdk.converse(**request)
        self.heard(answered["ResponseMetadata"]["HTTPHeaders"])
        return gathered(answered["stream"]) if stream else answered

    def told(self, answered: dict) -> dict:
        blocks = answered["output"]["message"]["content"]
        text = "".join(block.get("text", "") for block in blocks)
        calls = [(b["toolUse"]["name"], b["toolUse"]["input"]) for b in blocks if "toolUse" in b]
        thoughts = "".join(
            block["reasoningContent"]["reasoningText"]["text"]
            for block in blocks
            if "reasoningText" in block.get("reasoningContent", {})
        )
        stops = {"end_turn": "stop", "tool_use": "tool", "max_tokens": "length"}
        usage = answered["usage"]
        cached = usage.get("cacheReadInputTokens", 0)
        counts = {
            "input": usage["inputTokens"] + cached + usage.get("cacheWriteInputTokens", 0),
            "output": usage["outputTokens"],
            "total": usage["totalTokens"],
            "cached": cached,
        }
        return answer(text, calls, thoughts, stops[answered["stopReason"]], counts)

    def replied(self, request: dict, answered: dict, results: dict) -> dict:
        message = answered["output"]["message"]
        told = []
        for block in message["content"]:
            if call := block.get("toolUse"):
                content = [{"json": results[call["name"]]}]
                told.append({"toolResult": {"toolUseId": call["toolUseId"], "content": content}})
        turns = [message, {"role": "user", "content": told}]
        return request | {"messages": [*request["messages"], *turns]}


def gathered(events) -> dict:
    """The SDK does not put events together."""
    blocks: dict[int, dict] = {}
    whole: dict = {}
    for event in events:
        [(kind, said)] = event.items()
        if kind == "contentBlockStart":
            blocks[said["contentBlockIndex"]] = {"toolUse": said["start"]["toolUse"] | {"input": ""}}
        elif kind == "contentBlockDelta":
            add(blocks.setdefault(said["contentBlockIndex"], {}), said["delta"])
        elif kind == "messageStop":
            whole["stopReason"] = said["stopReason"]
        elif kind == "metadata":
            whole["usage"] = said["usage"]
    assert "stopReason" in whole, "the stream ended early"
    for block in blocks.values():
        if call := block.get("toolUse"):
            call["input"] = json.loads(call["input"] or "{}")
    content = [block for _, block in sorted(blocks.items())]
    return whole | {"output": {"message": {"role": "assistant", "content": content}}}


def add(block: dict, delta: dict) -> None:
    if "text" in delta:
        block["text"] = block.get("text", "") + delta["text"]
    elif "toolUse" in delta:
        block["toolUse"]["input"] += delta["toolUse"]["input"]
    elif thought := delta.get("reasoningContent"):
        if "redactedContent" in thought:
            block["reasoningContent"] = thought
            return
        told = block.setdefault("reasoningContent", {}).setdefault("reasoningText", {"text": ""})
        told["text"] += thought.get("text", "")
        if "signature" in thought:
            told["signature"] = thought["signature"]


if __name__ == "__main__":
    run(Converse)
