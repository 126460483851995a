"""An MCP server of the Python SDK at /mcp: revision 2026-07-28, and those before by handshake.

Its tools have the names and arguments of the example server "everything".
"""

import asyncio
import sys
from typing import Annotated

import lib
import mcp_types as types
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, MCPServer, Resolve, Sample
from pydantic import BaseModel

mcp = MCPServer("test-server", version="1.0.0")


class Person(BaseModel):
    name: str
    check: bool = False


def ask_model(prompt: str, maxTokens: int = 100) -> Sample:
    content = types.TextContent(type="text", text=prompt)
    return Sample([types.SamplingMessage(role="user", content=content)], max_tokens=maxTokens)


def ask_person() -> Elicit[Person]:
    return Elicit("Who are you?", Person)


@mcp.tool()
async def echo(message: str) -> str:
    """Echoes back the input."""
    return f"Echo: {message}"


@mcp.tool(name="get-sum")
async def get_sum(a: float, b: float) -> str:
    """Returns the sum of two numbers."""
    return f"The sum of {a} and {b} is {a + b}."


@mcp.tool(name="trigger-long-running-operation")
async def long_operation(ctx: Context, duration: float = 10, steps: int = 5) -> str:
    """Takes its time, and reports progress."""
    for step in range(1, steps + 1):
        await asyncio.sleep(duration / steps)
        await ctx.report_progress(step, steps)
    return f"Completed after {duration} seconds in {steps} steps."


@mcp.tool(name="trigger-sampling-request")
async def sampling(
    prompt: str,
    sampled: Annotated[types.CreateMessageResult, Resolve(ask_model)],
    maxTokens: int = 100,
) -> str:
    """Asks the client's model."""
    return f"Sampled: {sampled.content.text}"


@mcp.tool(name="trigger-elicitation-request")
async def elicitation(person: Annotated[ElicitationResult[Person], Resolve(ask_person)]) -> str:
    """Asks the user."""
    return f"Name: {person.data.name}" if isinstance(person, AcceptedElicitation) else "No answer."


@mcp.resource("test://greeting")
def greeting() -> str:
    """A text."""
    return "hello"


@mcp.prompt()
def simple() -> str:
    """A prompt without arguments."""
    return "Say hello."


sock = lib.listener(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
lib.serve(mcp.streamable_http_app(), sock)
