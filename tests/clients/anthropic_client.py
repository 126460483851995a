"""The Anthropic SDK against BASE: messages, streamed and not."""

import lib
from anthropic import Anthropic, RateLimitError

TOOL = {
    "name": "get_weather",
    "description": "The weather of a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


def holds(text: str) -> None:
    assert text and args.expect in text, text


def request(prompt: str, **options) -> dict:
    return {
        "model": args.model,
        "max_tokens": 256,
        "messages": [{"role": "user", "content": prompt}],
        **options,
    }


def messages() -> None:
    answer = client.messages.create(**request(args.prompt))
    assert answer.type == "message" and answer.role == "assistant" and answer.id
    assert answer.stop_reason == "end_turn", answer.stop_reason
    holds("".join(block.text for block in answer.content if block.type == "text"))
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0, answer.usage


def messages_stream() -> None:
    events = list(client.messages.create(**request(args.prompt), stream=True))
    types = [event.type for event in events]
    assert types[0] == "message_start" and types[-1] == "message_stop", types
    assert types.count("content_block_start") == types.count("content_block_stop") > 0, types
    deltas = [e.delta for e in events if e.type == "content_block_delta"]
    holds("".join(delta.text for delta in deltas if delta.type == "text_delta"))
    last = next(e for e in reversed(events) if e.type == "message_delta")
    assert last.delta.stop_reason == "end_turn", last
    assert last.usage.output_tokens > 0, last.usage


def helper_stream() -> None:
    """The SDK's own accumulation of a stream gives the message that a plain call would."""
    with client.messages.stream(**request(args.prompt)) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    holds(text)
    assert message.content[0].text == text and message.stop_reason == "end_turn", message


def tool() -> None:
    """One whole turn: the call, and the answer to its result."""
    asked = request("What is the weather in Paris?", tools=[TOOL])
    answer = client.messages.create(**asked)
    assert answer.stop_reason == "tool_use", answer
    call = next(block for block in answer.content if block.type == "tool_use")
    assert call.name == TOOL["name"] and "city" in call.input, call
    said = {"role": "assistant", "content": [b.model_dump(exclude_none=True) for b in answer.content]}
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "21 degrees"}
    asked["messages"] += [said, {"role": "user", "content": [result]}]
    answer = client.messages.create(**asked)
    assert any(block.type == "text" and block.text for block in answer.content), answer


def tool_stream() -> None:
    with client.messages.stream(**request("What is the weather in Paris?", tools=[TOOL])) as stream:
        message = stream.get_final_message()
    assert message.stop_reason == "tool_use", message
    call = next(block for block in message.content if block.type == "tool_use")
    assert call.name == TOOL["name"] and "city" in call.input, call


def limit() -> None:
    """A refusal of the provider reaches the SDK as the error that it is."""
    try:
        client.messages.create(**request("limit"))
    except RateLimitError as error:
        assert error.status_code == 429 and error.body["error"]["message"], error.body
    else:
        raise AssertionError("no error")


parser = lib.model_arguments(__doc__, "claude-haiku-5-5", "ANTHROPIC_API_KEY")
args = parser.parse_args()
client = Anthropic(base_url=args.base, api_key=args.key, max_retries=0, timeout=lib.SECONDS)
checks = lib.Checks("anthropic")
known = (messages, messages_stream, helper_stream, tool, tool_stream, limit)
for name in lib.wanted(args, *(f.__name__ for f in known)):
    with checks.check(name):
        globals()[name]()
checks.exit()
