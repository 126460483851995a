"""The Google Gen AI SDK against BASE: generateContent and streamGenerateContent.

The SDK asks for /v1 by default; --api-version v1beta asks for what most servers know.
"""

import lib
from google import genai
from google.genai import errors, types

TOOL = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="get_weather",
            description="The weather of a city",
            parameters_json_schema={
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        )
    ]
)
WITH_TOOL = types.GenerateContentConfig(
    tools=[TOOL],
    automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
)


def holds(text: str | None) -> None:
    assert text and args.expect in text, text


def generate() -> None:
    answer = client.models.generate_content(model=args.model, contents=args.prompt)
    holds(answer.text)
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP, answer.candidates[0]
    usage = answer.usage_metadata
    assert usage.prompt_token_count > 0 and usage.candidates_token_count > 0, usage


def stream() -> None:
    chunks = list(client.models.generate_content_stream(model=args.model, contents=args.prompt))
    holds("".join(chunk.text or "" for chunk in chunks))
    reasons = [chunk.candidates[0].finish_reason for chunk in chunks if chunk.candidates]
    assert reasons[-1] == types.FinishReason.STOP, reasons
    assert chunks[-1].usage_metadata.candidates_token_count > 0, chunks[-1]


def tool() -> None:
    """One whole turn: the call, and the answer to its result."""
    question = types.UserContent("What is the weather in Paris?")
    answer = client.models.generate_content(model=args.model, contents=[question], config=WITH_TOOL)
    call = answer.function_calls[0]
    assert call.name == "get_weather" and "city" in call.args, call
    result = types.Part.from_function_response(name=call.name, response={"result": "21 degrees"})
    turn = [question, answer.candidates[0].content, types.UserContent([result])]
    answer = client.models.generate_content(model=args.model, contents=turn, config=WITH_TOOL)
    assert answer.text, answer


def tool_stream() -> None:
    chunks = client.models.generate_content_stream(
        model=args.model, contents="What is the weather in Paris?", config=WITH_TOOL
    )
    calls = [call for chunk in chunks for call in chunk.function_calls or []]
    assert len(calls) == 1 and calls[0].name == "get_weather" and "city" in calls[0].args, calls


def limit() -> None:
    """A refusal of the provider reaches the SDK as the error that it is."""
    try:
        client.models.generate_content(model=args.model, contents="limit")
    except errors.ClientError as error:
        assert error.code == 429 and error.message, error
    else:
        raise AssertionError("no error")


parser = lib.model_arguments(__doc__, "gemini-2.5-flash", "GEMINI_API_KEY")
parser.add_argument("--api-version", help="v1beta, say; by default what the SDK takes")
args = parser.parse_args()
options = types.HttpOptions(
    base_url=args.base,
    api_version=args.api_version,
    timeout=lib.SECONDS * 1000,
    retry_options=types.HttpRetryOptions(attempts=1),
)
client = genai.Client(api_key=args.key, vertexai=False, http_options=options)
checks = lib.Checks(f"google-genai {args.api_version or 'default'}")
known = (generate, stream, tool, tool_stream, limit)
for name in lib.wanted(args, *(f.__name__ for f in known)):
    with checks.check(name):
        globals()[name]()
checks.exit()
