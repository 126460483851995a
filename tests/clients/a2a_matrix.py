"""The Python SDK 1.3.0 takes the steps of the matrix with protocol 1.0. See a2a_matrix_lib.py."""

import asyncio

import a2a_matrix_lib as matrix
import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import (
    AgentCard,
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetExtendedAgentCardRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTasksRequest,
    SendMessageRequest,
    SubscribeToTaskRequest,
    TaskPushNotificationConfig,
)
from google.protobuf.json_format import MessageToDict, ParseDict


class Sdk(matrix.Sdk):
    name = "python 1.3.0"
    version = "1.0"

    def __init__(self, args) -> None:
        self._args = args
        self._plain = self._streaming = None

    async def card(self) -> dict:
        http = httpx.AsyncClient(headers=self._args.headers, timeout=matrix.SECONDS)
        resolved = await A2ACardResolver(http, self._args.url).get_agent_card()
        binding = matrix.BINDINGS[self._args.binding]
        only = AgentCard()
        only.CopyFrom(resolved)
        del only.supported_interfaces[:]
        only.supported_interfaces.extend(
            interface
            for interface in resolved.supported_interfaces
            if interface.protocol_binding == binding and interface.protocol_version.startswith("1.")
        )
        self._plain, self._streaming = (
            ClientFactory(
                ClientConfig(
                    streaming=streaming,
                    httpx_client=http,
                    supported_protocol_bindings=[binding],
                    grpc_channel_factory=matrix.channel(self._args.headers),
                )
            ).create(only)
            for streaming in (False, True)
        )
        return MessageToDict(resolved)

    async def send(self, message: dict, push: dict | None = None) -> dict:
        request = ParseDict({"message": message}, SendMessageRequest())
        if push:
            config = request.configuration.task_push_notification_config
            config.CopyFrom(ParseDict(push, TaskPushNotificationConfig()))
        (event,) = [event async for event in self._plain.send_message(request)]
        return MessageToDict(event)

    async def stream(self, message: dict):
        request = ParseDict({"message": message}, SendMessageRequest())
        async for event in self._streaming.send_message(request):
            yield MessageToDict(event)

    async def get(self, task: str) -> dict:
        return MessageToDict(await self._plain.get_task(GetTaskRequest(id=task, history_length=10)))

    async def list(self, context: str) -> dict:
        request = ListTasksRequest(context_id=context, include_artifacts=True)
        return MessageToDict(await self._plain.list_tasks(request))

    async def cancel(self, task: str) -> dict:
        return MessageToDict(await self._plain.cancel_task(CancelTaskRequest(id=task)))

    async def subscribe(self, task: str):
        async for event in self._streaming.subscribe(SubscribeToTaskRequest(id=task)):
            yield MessageToDict(event)

    async def push_set(self, task: str, config: dict) -> dict:
        request = ParseDict({**config, "taskId": task}, TaskPushNotificationConfig())
        return MessageToDict(await self._plain.create_task_push_notification_config(request))

    async def push_get(self, task: str, config: str) -> dict:
        request = GetTaskPushNotificationConfigRequest(task_id=task, id=config)
        return MessageToDict(await self._plain.get_task_push_notification_config(request))

    async def push_list(self, task: str) -> list:
        request = ListTaskPushNotificationConfigsRequest(task_id=task)
        answer = await self._plain.list_task_push_notification_configs(request)
        return MessageToDict(answer).get("configs", [])

    async def push_delete(self, task: str, config: str) -> None:
        request = DeleteTaskPushNotificationConfigRequest(task_id=task, id=config)
        await self._plain.delete_task_push_notification_config(request)

    async def extended_card(self) -> dict:
        card = await self._plain.get_extended_agent_card(GetExtendedAgentCardRequest())
        return MessageToDict(card)

    def error(self, error: Exception) -> dict:
        return {"name": type(error).__name__.removesuffix("Error"), "text": str(error)[:200]}


args = matrix.arguments(__doc__)
asyncio.run(matrix.run(Sdk(args), args))
