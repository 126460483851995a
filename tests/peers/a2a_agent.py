"""An A2A agent of the Python SDK: protocol 1.0 and, by the SDK's own compatibility code, 0.3.

JSON-RPC and HTTP+JSON on one port. What the user's text asks for:

* `message ...`  answers a Message and makes no task;
* `ask ...`      stops at input-required, and completes when the task is continued;
* `slow ...`     streams a chunk every 100 ms for 10 s (to be cancelled, or dropped);
* anything else  answers a task with the artifact `echo: <text>`, in three chunks.
"""

import argparse
import asyncio

from a2a.helpers import new_task_from_user_message, new_text_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import (
    create_agent_card_routes,
    create_jsonrpc_routes,
    create_rest_routes,
)
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, Role
from starlette.applications import Starlette

import lib


class Echo(AgentExecutor):
    async def execute(self, context, event_queue) -> None:
        text = context.get_user_input()
        word = text.partition(" ")[0]
        if word == "message":
            await event_queue.enqueue_event(
                new_text_message(
                    f"echo: {text}", context_id=context.context_id, role=Role.ROLE_AGENT
                )
            )
            return
        if context.current_task is None:
            await event_queue.enqueue_event(new_task_from_user_message(context.message))
        task = TaskUpdater(event_queue, context.task_id, context.context_id)
        await task.start_work()
        if word == "ask":
            question = task.new_agent_message([new_text_part("what else?")])
            await task.requires_input(question)
            return
        chunks, pause = (100, 0.1) if word == "slow" else (3, 0.01)
        await self._stream(task, text, chunks, pause)
        await task.complete()

    async def _stream(self, task, text: str, chunks: int, pause: float) -> None:
        """The echo as one artifact: the whole text in the first chunk, then a dot in each."""
        for i in range(chunks):
            part = new_text_part(f"echo: {text}" if i == 0 else ".")
            await task.add_artifact(
                [part],
                artifact_id="echo",
                name="echo",
                append=i > 0,
                last_chunk=i == chunks - 1,
            )
            await asyncio.sleep(pause)

    async def cancel(self, context, event_queue) -> None:
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


def card(base: str, rpc_path: str, rest_path: str) -> AgentCard:
    interfaces = [
        AgentInterface(url=base + path, protocol_binding=binding, protocol_version=version)
        for version in ("1.0", "0.3")
        for binding, path in (("JSONRPC", rpc_path), ("HTTP+JSON", rest_path))
    ]
    skill = AgentSkill(
        id="echo", name="Echo", description="Says it again", tags=["test"], examples=["hello"]
    )
    return AgentCard(
        name="Echo",
        description="Says again what it is told",
        version="1.0.0",
        supported_interfaces=interfaces,
        capabilities=AgentCapabilities(streaming=True),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[skill],
    )


def main() -> None:
    args = argparse.ArgumentParser()
    args.add_argument("port", nargs="?", type=int, default=0)
    args.add_argument("--rpc-path", default="/", help="where JSON-RPC is served")
    args.add_argument("--rest-path", default="", help="prefix of the HTTP+JSON routes")
    args = args.parse_args()

    sock = lib.listener(args.port)
    base = f"http://127.0.0.1:{sock.getsockname()[1]}"
    agent_card = card(base, args.rpc_path, args.rest_path)
    handler = DefaultRequestHandler(
        agent_executor=Echo(), task_store=InMemoryTaskStore(), agent_card=agent_card
    )
    routes = [
        *create_agent_card_routes(agent_card),
        *create_jsonrpc_routes(handler, args.rpc_path, enable_v0_3_compat=True),
        *create_rest_routes(handler, path_prefix=args.rest_path, enable_v0_3_compat=True),
    ]
    lib.serve(Starlette(routes=routes), sock)


main()
