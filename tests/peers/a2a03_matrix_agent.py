"""A matrix agent of the Python SDK 0.3.26: protocol 0.3, in each binding. See a2a_matrix_lib.py."""

import asyncio
import base64

import a2a_matrix_lib as matrix
import httpx
from a2a.grpc import a2a_pb2_grpc
from a2a.server.agent_execution import AgentExecutor
from a2a.server.apps import A2ARESTFastAPIApplication, A2AStarletteApplication
from a2a.server.request_handlers import DefaultRequestHandler, GrpcHandler
from a2a.server.tasks import (
    BasePushNotificationSender,
    InMemoryPushNotificationConfigStore,
    InMemoryTaskStore,
    TaskUpdater,
)
from a2a.types import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentSkill,
    Part,
    TextPart,
    TransportProtocol,
)
from a2a.utils import get_data_parts, get_file_parts, get_text_parts, new_task
from a2a.utils.message import new_agent_parts_message
from starlette.applications import Starlette


def text(words: str) -> list[Part]:
    return [Part(root=TextPart(text=words))]


def decoded(raw: str) -> bytes:
    """The bytes of a file. Over gRPC and HTTP+JSON this SDK wants base64 within them; others send none."""
    try:
        return base64.b64decode(raw, validate=True)
    except ValueError:
        return b""


class Agent(AgentExecutor):
    async def execute(self, context, event_queue) -> None:
        parts = context.message.parts
        word, _, rest = context.get_user_input().partition(" ")
        if word == "message":
            message = new_agent_parts_message(parts, context_id=context.context_id)
            await event_queue.enqueue_event(message)
            return
        task = TaskUpdater(event_queue, context.task_id, context.context_id)
        if context.current_task is None:
            await event_queue.enqueue_event(new_task(context.message))
        else:
            word = "echo"
        await task.start_work()
        match word:
            case "stream":
                for i in range(int(rest)):
                    await self._chunk(task, i, int(rest))
                await task.complete()
            case "ask":
                await task.requires_input(task.new_agent_message(text(matrix.QUESTION)), final=True)
            case "slow":
                await self._until_cancelled(task)
            case "fail" | "reject":
                end = task.failed if word == "fail" else task.reject
                await end(task.new_agent_message(text(matrix.REASONS[word])))
            case _:
                await self._echo(task, parts)
                await task.complete()

    async def _until_cancelled(self, task) -> None:
        try:
            while True:
                await asyncio.sleep(matrix.TICK)
                await task.start_work()
        except asyncio.CancelledError:
            # This SDK tells the canceller alone; the streams would wait for ever.
            await task.cancel()

    async def _chunk(self, task, i: int, count: int) -> None:
        await task.add_artifact(
            text(f"chunk {i}"),
            artifact_id="stream",
            name="stream",
            append=i > 0,
            last_chunk=i == count - 1,
        )

    async def _echo(self, task, parts: list[Part]) -> None:
        files = get_file_parts(parts)
        raws = [decoded(file.bytes) for file in files if hasattr(file, "bytes")]
        urls = [file.uri for file in files if hasattr(file, "uri")]
        sizes = matrix.sizes(get_text_parts(parts), get_data_parts(parts), raws, urls)
        name = f"echo: {sizes}"
        await task.add_artifact(parts, artifact_id="echo", name=name, last_chunk=True)

    async def cancel(self, context, event_queue) -> None:
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


def card(ports: matrix.Ports, bindings: list[str], *skills: dict) -> AgentCard:
    interfaces = [
        AgentInterface(
            transport=TransportProtocol(matrix.BINDINGS[binding]), url=ports.url(binding)
        )
        for binding in bindings
    ]
    return AgentCard(
        name="Matrix",
        description="Does what it is told",
        version="1.0.0",
        protocol_version="0.3.0",
        url=interfaces[0].url,
        preferred_transport=interfaces[0].transport,
        additional_interfaces=interfaces,
        capabilities=AgentCapabilities(streaming=True, push_notifications=True),
        supports_authenticated_extended_card=True,
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[AgentSkill(**skill) for skill in skills],
    )


async def main() -> None:
    args = matrix.arguments(__doc__)
    ports = matrix.Ports(args)
    agent_card = card(ports, args.binding, matrix.SKILL)
    extended = card(ports, args.binding, matrix.SKILL, matrix.SECRET_SKILL)
    configs = InMemoryPushNotificationConfigStore()
    handler = DefaultRequestHandler(
        agent_executor=Agent(),
        task_store=InMemoryTaskStore(),
        push_config_store=configs,
        push_sender=BasePushNotificationSender(httpx.AsyncClient(), configs),
    )
    rpc = A2AStarletteApplication(agent_card, handler, extended_agent_card=extended)
    app = Starlette()
    if "rest" in args.binding:
        app = A2ARESTFastAPIApplication(agent_card, handler, extended_agent_card=extended).build()
    # The card's own routes come with these of JSON-RPC, which another binding puts out of the way.
    rpc.add_routes_to_app(app, rpc_url="/" if "jsonrpc" in args.binding else "/unused")
    if ports.grpc_server is not None:
        # GetAgentCard is how this version's gRPC asks for the extended card.
        servicer = GrpcHandler(extended, handler)
        a2a_pb2_grpc.add_A2AServiceServicer_to_server(servicer, ports.grpc_server)
    await ports.serve(app)


asyncio.run(main())
