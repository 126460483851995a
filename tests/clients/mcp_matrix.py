"""Takes the steps of a plan with the Python SDK of this environment, 1 or 2, held to one revision.

The plan, and what is printed, are those of mcp_matrix.mjs.
"""

import argparse
import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import version

SECONDS = 60
"""How long a step may take."""

NEW = version("mcp") >= "2"


@asynccontextmanager
async def connected(url: str, revision: str):
    """A client, and the revision agreed on. Neither SDK has an option for one of the handshake."""
    if NEW:
        from mcp import Client
        from mcp.client import session

        modern = revision >= "2026"
        if not modern:
            session.LATEST_HANDSHAKE_VERSION = revision
        mode = revision if modern else "legacy"
        async with Client(url, mode=mode, read_timeout_seconds=SECONDS) as client:
            yield client, client.protocol_version
        return

    from mcp import ClientSession, types
    from mcp.client.streamable_http import streamable_http_client

    types.LATEST_PROTOCOL_VERSION = revision
    async with streamable_http_client(url) as (reading, writing, _):
        limit = timedelta(seconds=SECONDS)
        async with ClientSession(reading, writing, read_timeout_seconds=limit) as client:
            yield client, (await client.initialize()).protocolVersion


def dumped(answer) -> str:
    return json.dumps(answer.model_dump(mode="json", by_alias=True), ensure_ascii=False)


async def pages(list_page) -> str:
    """All pages of a list."""
    text, cursor = "", None
    while True:
        page = await list_page(cursor=cursor)
        text += dumped(page)
        cursor = page.next_cursor if NEW else page.nextCursor
        if not cursor:
            return text


async def take(client, step: dict, lists: dict) -> str:
    """What a step is answered. Each list is asked for once."""
    match step["does"]:
        case "tool":
            return dumped(await client.call_tool(step["name"], step["arguments"]))
        case "resource":
            return dumped(await client.read_resource(step["name"]))
        case "prompt":
            return dumped(await client.get_prompt(step["name"]))
        case kind:
            if kind not in lists:
                lists[kind] = await pages(getattr(client, f"list_{kind}"))
            return lists[kind]


async def main() -> None:
    faults, lists = {}, {}
    async with connected(args.url, args.revision) as (client, revision):
        for step in json.loads(args.plan):
            if step["server"] in faults:
                continue
            try:
                answer = await take(client, step, lists)
                assert step["expect"] in answer, answer
            except Exception as error:
                fault = f"{step['does']} {step['name']}: {type(error).__name__} {error}"
                faults[step["server"]] = fault[:300]
    print(json.dumps({"revision": revision, "faults": faults}))


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("url", help="the MCP endpoint")
parser.add_argument("--revision", required=True)
parser.add_argument("--plan", required=True)
args = parser.parse_args()
asyncio.run(main())
