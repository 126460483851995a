"""A matrix agent of the Python SDK 1.3.0: protocol 1.0, in each binding. See a2a_matrix_lib.py."""

import asyncio

import a2a_matrix_lib as matrix
import httpx
from a2a.helpers import (
    get_data_parts,
    get_raw_parts,
    get_text_parts,
    get_url_parts,
    new_message,
    new_task_from_user_message,
    new_text_part,
)
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler, GrpcHandler
from a2a.server.routes import (
    create_agent_card_routes,
    create_jsonrpc_routes,
    create_rest_routes,
)
from a2a.server.tasks import (
    BasePushNotificationSender,
    InMemoryPushNotificationConfigStore,
    InMemoryTaskStore,
    TaskUpdater,
)
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, a2a_pb2_grpc
from starlette.applications import Starlette


class Agent(AgentExecutor):
    async def execute(self, context, event_queue) -> None:
        parts = list(context.message.parts)
        word, _, rest = context.get_user_input().partition(" ")
        if word == "message":
            await event_queue.enqueue_event(new_message(parts, context_id=context.context_id))
            return
        task = TaskUpdater(event_queue, context.task_id, context.context_id)
        if context.current_task is None:
            await event_queue.enqueue_event(new_task_from_user_message(context.message))
        else:
            word = "echo"
        await task.start_work()
        match word:
            case "stream":
                for i in range(int(rest)):
                    await self._chunk(task, i, int(rest))
                await task.complete()
            case "ask":
                await task.requires_input(task.new_agent_message([new_text_part(matrix.QUESTION)]))
            case "slow":
                while True:
                    await asyncio.sleep(matrix.TICK)
                    await task.start_work()
            case "fail" | "reject":
                end = task.failed if word == "fail" else task.reject
                await end(task.new_agent_message([new_text_part(matrix.REASONS[word])]))
            case _:
                await self._echo(task, event_queue, parts)
                await task.complete()

    async def _chunk(self, task, i: int, count: int) -> None:
        await task.add_artifact(
            [new_text_part(f"chunk {i}")],
            artifact_id="stream",
            name="stream",
            append=i > 0,
            last_chunk=i == count - 1,
        )

    async def _echo(self, task, event_queue, parts) -> None:
        sizes = matrix.sizes(
            get_text_parts(parts), get_data_parts(parts), get_raw_parts(parts), get_url_parts(parts)
        )
        name = f"echo: {sizes}"
        await task.add_artifact(parts, artifact_id="echo", name=name, last_chunk=True)

    async def cancel(self, context, event_queue) -> None:
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


def card(ports: matrix.Ports, bindings: list[str], *skills: dict) -> AgentCard:
    interfaces = [
        AgentInterface(
            url=ports.url(binding), protocol_binding=matrix.BINDINGS[binding], protocol_version="1.0"
        )
        for binding in bindings
    ]
    return AgentCard(
        name="Matrix",
        description="Does what it is told",
        version="1.0.0",
        supported_interfaces=interfaces,
        capabilities=AgentCapabilities(
            streaming=True, push_notifications=True, extended_agent_card=True
        ),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[AgentSkill(**skill) for skill in skills],
    )


async def main() -> None:
    args = matrix.arguments(__doc__)
    ports = matrix.Ports(args)
    agent_card = card(ports, args.binding, matrix.SKILL)
    configs = InMemoryPushNotificationConfigStore()
    handler = DefaultRequestHandler(
        agent_executor=Agent(),
        task_store=InMemoryTaskStore(),
        agent_card=agent_card,
        push_config_store=configs,
        push_sender=BasePushNotificationSender(httpx.AsyncClient(), configs),
        extended_agent_card=card(ports, args.binding, matrix.SKILL, matrix.SECRET_SKILL),
    )
    routes = create_agent_card_routes(agent_card)
    if "jsonrpc" in args.binding:
        routes += create_jsonrpc_routes(handler, "/")
    if "rest" in args.binding:
        routes += create_rest_routes(handler)
    if ports.grpc_server is not None:
        a2a_pb2_grpc.add_A2AServiceServicer_to_server(GrpcHandler(handler), ports.grpc_server)
    await ports.serve(Starlette(routes=routes))


asyncio.run(main())
