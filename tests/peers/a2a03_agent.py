"""An A2A agent of the Python SDK 0.3.26: it speaks protocol 0.3 and nothing else.

JSON-RPC at /, HTTP+JSON at /v1. It answers as a2a_agent.py does.
"""

import asyncio
import sys

import lib
from a2a.server.agent_execution import AgentExecutor
from a2a.server.apps import A2ARESTFastAPIApplication, A2AStarletteApplication
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentSkill,
    Part,
    TextPart,
    TransportProtocol,
)
from a2a.utils import new_agent_text_message, new_task


class Echo(AgentExecutor):
    async def execute(self, context, event_queue) -> None:
        text = context.get_user_input()
        word = text.partition(" ")[0]
        if word == "message":
            await event_queue.enqueue_event(
                new_agent_text_message(f"echo: {text}", context_id=context.context_id)
            )
            return
        if context.current_task is None:
            await event_queue.enqueue_event(new_task(context.message))
        task = TaskUpdater(event_queue, context.task_id, context.context_id)
        await task.start_work()
        if word == "ask":
            question = task.new_agent_message([Part(root=TextPart(text="what else?"))])
            await task.requires_input(question, final=True)
            return
        chunks, pause = (100, 0.1) if word == "slow" else (3, 0.01)
        try:
            await self._stream(task, text, chunks, pause)
        except asyncio.CancelledError:
            # This SDK tells the canceller alone; the stream would wait for ever.
            await task.cancel()
            return
        await task.complete()

    async def _stream(self, task, text: str, chunks: int, pause: float) -> None:
        """The echo as one artifact: the whole text in the first chunk, then a dot in each."""
        for i in range(chunks):
            part = TextPart(text=f"echo: {text}" if i == 0 else ".")
            await task.add_artifact(
                [Part(root=part)],
                artifact_id="echo",
                name="echo",
                append=i > 0,
                last_chunk=i == chunks - 1,
            )
            await asyncio.sleep(pause)

    async def cancel(self, context, event_queue) -> None:
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


def card(base: str) -> AgentCard:
    skill = AgentSkill(
        id="echo", name="Echo", description="Says it again", tags=["test"], examples=["hello"]
    )
    return AgentCard(
        name="Echo 0.3",
        description="Says again what it is told",
        version="1.0.0",
        protocol_version="0.3.0",
        url=f"{base}/",
        preferred_transport=TransportProtocol.jsonrpc,
        additional_interfaces=[
            AgentInterface(transport=TransportProtocol.jsonrpc, url=f"{base}/"),
            AgentInterface(transport=TransportProtocol.http_json, url=base),
        ],
        capabilities=AgentCapabilities(streaming=True),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[skill],
    )


sock = lib.listener(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
agent_card = card(f"http://127.0.0.1:{sock.getsockname()[1]}")
handler = DefaultRequestHandler(agent_executor=Echo(), task_store=InMemoryTaskStore())
app = A2ARESTFastAPIApplication(agent_card, handler).build()
A2AStarletteApplication(agent_card, handler).add_routes_to_app(app)
lib.serve(app, sock)
