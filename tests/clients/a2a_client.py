"""The Python SDK 1.3.0 against the agent at BASE, by what the card at BASE says.

Each protocol version with each binding; version 0.3 by the SDK's own compatibility code.
"""

import asyncio

import httpx
import lib
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.client.card_resolver import parse_agent_card
from a2a.helpers import get_artifact_text, get_message_text, new_text_message
from a2a.types import (
    AgentCard,
    CancelTaskRequest,
    GetTaskRequest,
    Role,
    SendMessageRequest,
    TaskState,
)
from a2a.utils.errors import MethodNotFoundError, TaskNotFoundError

CARD_PATH = "/.well-known/agent-card.json"


def request(text: str, **of_task) -> SendMessageRequest:
    return SendMessageRequest(message=new_text_message(text, role=Role.ROLE_USER, **of_task))


async def collect(client, text: str, **of_task) -> list:
    return [event async for event in client.send_message(request(text, **of_task))]


def kinds(events: list) -> list[str]:
    return [event.WhichOneof("payload") for event in events]


async def send(client, _streaming) -> None:
    events = await collect(client, "hello")
    assert kinds(events) == ["task"], events
    task = events[0].task
    assert task.status.state == TaskState.TASK_STATE_COMPLETED, task
    assert get_artifact_text(task.artifacts[0]).startswith("echo: hello"), task


async def message(client, _streaming) -> None:
    events = await collect(client, "message hello")
    assert kinds(events) == ["message"], events
    assert get_message_text(events[0].message) == "echo: message hello", events


async def stream(_client, streaming) -> None:
    events = await collect(streaming, "hello")
    assert kinds(events)[0] == "task", kinds(events)
    artifacts = [e.artifact_update for e in events if e.HasField("artifact_update")]
    text = "".join(get_artifact_text(update.artifact) for update in artifacts)
    assert len(artifacts) == 3 and text == "echo: hello..", artifacts
    assert [a.append for a in artifacts] == [False, True, True], artifacts
    states = [e.status_update.status.state for e in events if e.HasField("status_update")]
    assert states == [TaskState.TASK_STATE_WORKING, TaskState.TASK_STATE_COMPLETED], states


async def get(client, _streaming) -> None:
    task = (await collect(client, "hello"))[0].task
    assert (await client.get_task(GetTaskRequest(id=task.id))).id == task.id


async def resume(client, _streaming) -> None:
    """A task that asks goes on when it is answered, under the same ids."""
    task = (await collect(client, "ask me"))[0].task
    assert task.status.state == TaskState.TASK_STATE_INPUT_REQUIRED, task
    ids = {"task_id": task.id, "context_id": task.context_id}
    done = (await collect(client, "this", **ids))[0].task
    assert done.id == task.id and done.status.state == TaskState.TASK_STATE_COMPLETED, done


async def cancel(client, streaming) -> None:
    """Cancelling by one call ends the stream of the other."""
    states = []
    async for event in streaming.send_message(request("slow hello")):
        if event.HasField("status_update"):
            states.append(event.status_update.status.state)
            if len(states) == 1:
                await client.cancel_task(CancelTaskRequest(id=event.status_update.task_id))
    assert states[-1] == TaskState.TASK_STATE_CANCELED, states


async def unknown_task(client, _streaming) -> None:
    try:
        await client.get_task(GetTaskRequest(id="no-such-task"))
    except (TaskNotFoundError, MethodNotFoundError):
        # MethodNotFoundError is how the SDK's HTTP+JSON client of 0.3 takes any 404.
        return
    raise AssertionError("no error")


async def card(http: httpx.AsyncClient) -> AgentCard:
    """The card at BASE, whose URLs must all lead back to BASE."""
    raw = (await http.get(args.base.rstrip("/") + CARD_PATH)).raise_for_status().json()
    urls = [raw[key] for key in ("url",) if key in raw]
    for key in ("supportedInterfaces", "additionalInterfaces"):
        urls += [interface["url"] for interface in raw.get(key, [])]
    assert urls, raw
    elsewhere = [url for url in urls if not leads_to_base(url)]
    assert not elsewhere, f"not below {args.base}: {elsewhere}"
    resolved = await A2ACardResolver(http, args.base).get_agent_card()
    assert resolved == parse_agent_card(raw)
    return resolved


def leads_to_base(url: str) -> bool:
    base = args.base.rstrip("/")
    return url == base or url.startswith(base + "/")


def clients(http: httpx.AsyncClient, agent_card: AgentCard, version: str, binding: str):
    """A plain and a streaming client of the one interface that has this version and binding."""
    only = AgentCard()
    only.CopyFrom(agent_card)
    del only.supported_interfaces[:]
    only.supported_interfaces.extend(
        interface
        for interface in agent_card.supported_interfaces
        if interface.protocol_binding == binding
        and interface.protocol_version.split(".")[:2] == version.split(".")
    )
    assert only.supported_interfaces, f"the card has no {binding} {version}"
    for streaming in (False, True):
        config = ClientConfig(
            streaming=streaming, httpx_client=http, supported_protocol_bindings=[binding]
        )
        yield ClientFactory(config).create(only)


async def main() -> None:
    known = (send, message, stream, get, resume, cancel, unknown_task)
    names = lib.wanted(args, *(f.__name__ for f in known))
    agent_card = None
    async with httpx.AsyncClient(timeout=lib.SECONDS) as http:
        with checks.check("card"):
            agent_card = await card(http)
    if agent_card is None:
        return
    for version in args.versions.split(","):
        for binding in args.bindings.split(","):
            # A client's headers name its version, so each pair has an HTTP client of its own.
            async with httpx.AsyncClient(timeout=lib.SECONDS) as http:
                await run(http, agent_card, version, binding, names)


async def run(http, agent_card: AgentCard, version: str, binding: str, names: list[str]) -> None:
    pair = None
    with checks.check(f"{version} {binding} interface"):
        pair = list(clients(http, agent_card, version, binding))
    for name in names if pair else []:
        with checks.check(f"{version} {binding} {name}"):
            await globals()[name](*pair)


parser = lib.arguments(__doc__)
parser.add_argument("--versions", default="1.0,0.3")
parser.add_argument("--bindings", default="JSONRPC,HTTP+JSON")
args = parser.parse_args()
checks = lib.Checks("a2a 1.3")
asyncio.run(main())
checks.exit()
