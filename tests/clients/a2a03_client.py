"""The Python SDK 0.3.26, which knows protocol 0.3 only, against the agent at BASE."""

import asyncio

import httpx
import lib
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory, create_text_message_object
from a2a.client.errors import A2AClientError
from a2a.types import (
    AgentCard,
    Message,
    TaskArtifactUpdateEvent,
    TaskIdParams,
    TaskQueryParams,
    TaskState,
    TaskStatusUpdateEvent,
    TransportProtocol,
)
from a2a.utils import get_message_text, get_text_parts


async def collect(client, text: str, **of_task) -> list:
    message = create_text_message_object(content=text).model_copy(update=of_task)
    return [event async for event in client.send_message(message)]


def text_of(artifact) -> str:
    return "".join(get_text_parts(artifact.parts))


async def send(client, _streaming) -> None:
    ((task, update),) = await collect(client, "hello")
    assert update is None and task.status.state == TaskState.completed, task
    assert text_of(task.artifacts[0]).startswith("echo: hello"), task


async def message(client, _streaming) -> None:
    (answer,) = await collect(client, "message hello")
    assert isinstance(answer, Message), answer
    assert get_message_text(answer) == "echo: message hello", answer


async def stream(_client, streaming) -> None:
    updates, texts = [], []
    async for _, update in streaming.send_message(create_text_message_object(content="hello")):
        updates.append(update)
        # Read at once: the SDK later appends the following chunks to this very artifact.
        if isinstance(update, TaskArtifactUpdateEvent):
            texts.append(text_of(update.artifact))
    assert updates[0] is None, "the first event is the task"
    assert texts == ["echo: hello", ".", "."], texts
    statuses = [u for u in updates if isinstance(u, TaskStatusUpdateEvent)]
    states = [update.status.state for update in statuses]
    assert states == [TaskState.working, TaskState.completed], states
    assert [update.final for update in statuses] == [False, True], statuses


async def get(client, _streaming) -> None:
    ((task, _),) = await collect(client, "hello")
    assert (await client.get_task(TaskQueryParams(id=task.id))).id == task.id


async def resume(client, _streaming) -> None:
    """A task that asks goes on when it is answered, under the same ids."""
    ((task, _),) = await collect(client, "ask me")
    assert task.status.state == TaskState.input_required, task
    ((done, _),) = await collect(client, "this", task_id=task.id, context_id=task.context_id)
    assert done.id == task.id and done.status.state == TaskState.completed, done


async def cancel(client, streaming) -> None:
    """Cancelling by one call ends the stream of the other."""
    states = []
    message = create_text_message_object(content="slow hello")
    async for task, update in streaming.send_message(message):
        if isinstance(update, TaskStatusUpdateEvent):
            states.append(update.status.state)
            if len(states) == 1:
                await client.cancel_task(TaskIdParams(id=task.id))
    assert states[-1] == TaskState.canceled, states


async def unknown_task(client, _streaming) -> None:
    try:
        await client.get_task(TaskQueryParams(id="no-such-task"))
    except A2AClientError as error:
        assert "-32001" in str(error) or "404" in str(error), error
        return
    raise AssertionError("no error")


async def card(http: httpx.AsyncClient) -> AgentCard:
    """The card at BASE, whose URLs must all lead back to BASE."""
    resolved = await A2ACardResolver(http, args.base).get_agent_card()
    urls = [resolved.url, *(i.url for i in resolved.additional_interfaces or [])]
    base = args.base.rstrip("/")
    elsewhere = [url for url in urls if url != base and not url.startswith(base + "/")]
    assert not elsewhere, f"not below {base}: {elsewhere}"
    assert resolved.protocol_version.startswith("0.3"), resolved.protocol_version
    return resolved


def clients(http: httpx.AsyncClient, agent_card: AgentCard, binding: str):
    """A plain and a streaming client of this binding."""
    for streaming in (False, True):
        config = ClientConfig(
            streaming=streaming, httpx_client=http, supported_transports=[TransportProtocol(binding)]
        )
        yield ClientFactory(config).create(agent_card)


async def main() -> None:
    known = (send, message, stream, get, resume, cancel, unknown_task)
    names = lib.wanted(args, *(f.__name__ for f in known))
    async with httpx.AsyncClient(timeout=lib.SECONDS) as http:
        agent_card = None
        with checks.check("card"):
            agent_card = await card(http)
        for binding in args.bindings.split(",") if agent_card else []:
            pair = None
            with checks.check(f"0.3 {binding} interface"):
                pair = list(clients(http, agent_card, binding))
            for name in names if pair else []:
                with checks.check(f"0.3 {binding} {name}"):
                    await globals()[name](*pair)


parser = lib.arguments(__doc__)
parser.add_argument("--bindings", default="JSONRPC,HTTP+JSON")
args = parser.parse_args()
checks = lib.Checks("a2a 0.3.26")
asyncio.run(main())
checks.exit()
