"""The Python SDK against BASE (the MCP endpoint).

--mode auto (2026-07-28, or what the server has) | legacy | a revision to insist on.
"""

import asyncio
from contextlib import AsyncExitStack

import lib
import mcp_types as types
from mcp import Client

SAMPLED = "sampled by the client"
NAME = "Grace Hopper"


async def sample(_context, _params) -> types.CreateMessageResult:
    content = types.TextContent(type="text", text=SAMPLED)
    return types.CreateMessageResult(role="assistant", model="test-model", content=content)


async def elicit(_context, _params) -> types.ElicitResult:
    return types.ElicitResult(action="accept", content={"name": NAME, "check": True})


def text_of(result) -> str:
    return "".join(getattr(block, "text", "") for block in result.content)


async def connect(client: Client) -> None:
    assert client.protocol_version
    if args.expect_version:
        assert client.protocol_version == args.expect_version, client.protocol_version


async def tools(client: Client) -> None:
    listed = (await client.list_tools()).tools
    names = [tool.name for tool in listed]
    assert args.echo_tool in names, names
    assert listed[names.index(args.echo_tool)].input_schema["type"] == "object"


async def echo(client: Client) -> None:
    # Several at once, so that answers must find their questions; and bytes that escape in JSON.
    said = ["one", 'two "2" \\ é 漢 🦀', "three\n3", "four", "five"]
    calls = (client.call_tool(args.echo_tool, {"message": message}) for message in said)
    for message, result in zip(said, await asyncio.gather(*calls)):
        assert message in text_of(result), text_of(result)


async def progress(client: Client) -> None:
    seen = []

    async def note(progress, _total, _message) -> None:
        seen.append(progress)

    arguments = {"duration": 0.5, "steps": 5}
    result = await client.call_tool(args.progress_tool, arguments, progress_callback=note)
    assert text_of(result)
    assert seen == [1, 2, 3, 4, 5], seen


async def sampling(client: Client) -> None:
    result = await client.call_tool(args.sampling_tool, {"prompt": "hello", "maxTokens": 9})
    assert SAMPLED in text_of(result), text_of(result)


async def elicitation(client: Client) -> None:
    result = await client.call_tool(args.elicitation_tool, {})
    assert NAME in text_of(result), text_of(result)


async def unknown_tool(client: Client) -> None:
    # Servers of before and after 2025-11-25 differ: an error of the protocol, or of the tool.
    try:
        result = await client.call_tool("no-such-tool", {})
    except Exception:
        return
    assert result.is_error, result


async def resources(client: Client) -> None:
    uri = (await client.list_resources()).resources[0].uri
    assert (await client.read_resource(uri)).contents[0].uri == uri


async def prompts(client: Client) -> None:
    listed = (await client.list_prompts()).prompts
    plain = next(prompt for prompt in listed if not prompt.arguments)
    assert (await client.get_prompt(plain.name)).messages


async def main() -> None:
    known = (connect, tools, echo, progress, sampling, elicitation, unknown_tool, resources, prompts)
    names = lib.wanted(args, *(f.__name__ for f in known), "close")
    stack = AsyncExitStack()
    client = Client(
        args.base,
        mode=args.mode,
        read_timeout_seconds=lib.SECONDS,
        sampling_callback=sample,
        elicitation_callback=elicit,
    )
    connected = False
    with checks.check("connect"):
        await stack.enter_async_context(client)
        await connect(client)
        connected = True
    if not connected:
        return
    for name in names:
        if name not in ("connect", "close"):
            with checks.check(name):
                await globals()[name](client)
    with checks.check("close"):
        await stack.aclose()


parser = lib.arguments(__doc__)
parser.add_argument("--mode", default="auto")
parser.add_argument("--echo-tool", default="echo")
parser.add_argument("--progress-tool", default="trigger-long-running-operation")
parser.add_argument("--sampling-tool", default="trigger-sampling-request")
parser.add_argument("--elicitation-tool", default="trigger-elicitation-request")
parser.add_argument("--expect-version", default="", help="the revision to be agreed on")
args = parser.parse_args()
checks = lib.Checks(f"mcp-python {args.mode}")
asyncio.run(main())
checks.exit()
