"""The OpenAI SDK against BASE (which ends in /v1): chat completions and responses."""

import json

import lib
from openai import OpenAI, RateLimitError

TOOL = {
    "name": "get_weather",
    "description": "The weather of a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


def holds(text: str | None) -> None:
    assert text and args.expect in text, text


def messages(prompt: str) -> list:
    return [{"role": "user", "content": prompt}]


def models() -> None:
    assert any(model.id for model in client.models.list())


def chat() -> None:
    answer = client.chat.completions.create(model=args.model, messages=messages(args.prompt))
    assert answer.object == "chat.completion" and answer.id
    assert answer.choices[0].finish_reason == "stop", answer.choices[0]
    holds(answer.choices[0].message.content)
    assert answer.usage.prompt_tokens > 0 and answer.usage.completion_tokens > 0, answer.usage
    assert answer.usage.total_tokens >= answer.usage.prompt_tokens + answer.usage.completion_tokens


def chat_chunks(**options) -> list:
    stream = client.chat.completions.create(
        model=args.model, messages=messages(args.prompt), stream=True, **options
    )
    chunks = list(stream)
    assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)
    assert len({chunk.id for chunk in chunks}) == 1, {chunk.id for chunk in chunks}
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    holds("".join(choice.delta.content or "" for choice in choices))
    assert [c.finish_reason for c in choices if c.finish_reason] == ["stop"]
    return chunks


def chat_stream() -> None:
    usages = [chunk.usage for chunk in chat_chunks() if chunk.usage]
    assert not usages, "usage was not asked for"


def chat_stream_usage() -> None:
    chunks = chat_chunks(stream_options={"include_usage": True})
    usages = [chunk.usage for chunk in chunks if chunk.usage]
    assert len(usages) == 1 and chunks[-1].usage and not chunks[-1].choices, chunks[-1]
    assert usages[0].prompt_tokens > 0 and usages[0].completion_tokens > 0, usages


def chat_tool() -> None:
    """One whole turn: the call, and the answer to its result."""
    asked = messages("What is the weather in Paris?")
    tools = [{"type": "function", "function": TOOL}]
    answer = client.chat.completions.create(model=args.model, messages=asked, tools=tools)
    assert answer.choices[0].finish_reason == "tool_calls", answer.choices[0]
    said = answer.choices[0].message
    call = said.tool_calls[0]
    assert call.function.name == TOOL["name"] and "city" in json.loads(call.function.arguments)
    result = {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}
    turn = [*asked, said.model_dump(exclude_none=True), result]
    answer = client.chat.completions.create(model=args.model, messages=turn, tools=tools)
    assert answer.choices[0].message.content, answer.choices[0]


def chat_tool_stream() -> None:
    stream = client.chat.completions.create(
        model=args.model,
        messages=messages("What is the weather in Paris?"),
        tools=[{"type": "function", "function": TOOL}],
        stream=True,
    )
    choices = [chunk.choices[0] for chunk in stream if chunk.choices]
    calls = [call for choice in choices for call in choice.delta.tool_calls or []]
    assert [c.function.name for c in calls if c.function.name] == [TOOL["name"]]
    assert [c.id for c in calls if c.id], calls
    assert "city" in json.loads("".join(c.function.arguments or "" for c in calls))
    assert [c.finish_reason for c in choices if c.finish_reason] == ["tool_calls"]


def responses() -> None:
    answer = client.responses.create(model=args.model, input=args.prompt)
    assert answer.object == "response" and answer.status == "completed", answer.status
    holds(answer.output_text)
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0, answer.usage


def responses_stream() -> None:
    events = list(client.responses.create(model=args.model, input=args.prompt, stream=True))
    types = [event.type for event in events]
    assert types[0] == "response.created" and types[-1] == "response.completed", types
    text = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    holds(text)
    assert events[-1].response.output_text == text


def limit() -> None:
    """A refusal of the provider reaches the SDK as the error that it is."""
    try:
        client.chat.completions.create(model=args.model, messages=messages("limit"))
    except RateLimitError as error:
        assert error.status_code == 429 and error.body["message"], error.body
    else:
        raise AssertionError("no error")


parser = lib.model_arguments(__doc__, "gpt-4o-mini", "OPENAI_API_KEY")
args = parser.parse_args()
client = OpenAI(base_url=args.base, api_key=args.key, max_retries=0, timeout=lib.SECONDS)
checks = lib.Checks("openai")
known = (
    chat, chat_stream, chat_stream_usage, chat_tool, chat_tool_stream,
    responses, responses_stream, models, limit,
)
for name in lib.wanted(args, *(f.__name__ for f in known)):
    with checks.check(name):
        globals()[name]()
checks.exit()
