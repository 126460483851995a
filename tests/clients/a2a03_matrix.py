"""The Python SDK 0.3.26 takes the steps of the matrix with protocol 0.3. See a2a_matrix_lib.py.

It has nothing that lists tasks, and nothing that lists or deletes push configurations.
"""

import asyncio
from dataclasses import replace

import a2a_matrix_forms as forms
import a2a_matrix_lib as matrix
import grpc
import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.client.errors import A2AClientHTTPError, A2AClientJSONRPCError
from a2a.types import (
    GetTaskPushNotificationConfigParams,
    Message,
    PushNotificationConfig,
    TaskIdParams,
    TaskPushNotificationConfig,
    TaskQueryParams,
    TransportProtocol,
)

CODES = {
    -32001: "TaskNotFound",
    -32002: "TaskNotCancelable",
    -32600: "InvalidRequest",
    -32602: "InvalidParams",
}
STATUSES = {
    400: "InvalidRequest",
    404: "TaskNotFound",
    409: "TaskNotCancelable",
    422: "InvalidParams",
    "NOT_FOUND": "TaskNotFound",
    "FAILED_PRECONDITION": "TaskNotCancelable",
    "INVALID_ARGUMENT": "InvalidParams",
}
"""Over HTTP+JSON and gRPC the SDK keeps the status alone."""


def dumped(model) -> dict:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


class Sdk(matrix.Sdk):
    name = "python 0.3.26"
    version = "0.3"
    can_list = False

    def __init__(self, args) -> None:
        self._args = args
        self._plain = self._streaming = None

    async def card(self) -> dict:
        http = httpx.AsyncClient(headers=self._args.headers, timeout=matrix.SECONDS)
        self._card = await A2ACardResolver(http, self._args.url).get_agent_card()
        self._config = ClientConfig(
            httpx_client=http,
            supported_transports=[TransportProtocol(matrix.BINDINGS[self._args.binding])],
            grpc_channel_factory=matrix.channel(self._args.headers),
        )
        self._plain, self._streaming = self._client(streaming=False), self._client(streaming=True)
        return dumped(self._card)

    def _client(self, **more):
        return ClientFactory(replace(self._config, **more)).create(self._card)

    async def send(self, message: dict, push: dict | None = None) -> dict:
        client = self._plain
        if push:
            # A configuration of the call would reach the gRPC transport as a mere dict.
            config = PushNotificationConfig.model_validate(forms.v03_push(push))
            client = self._client(streaming=False, push_notification_configs=[config])
        request = Message.model_validate(forms.v03_message(message))
        (event,) = [event async for event in client.send_message(request)]
        return forms.v1_event(dumped(event[0] if isinstance(event, tuple) else event))

    async def stream(self, message: dict):
        request = Message.model_validate(forms.v03_message(message))
        async for event in self._streaming.send_message(request):
            yield told(event)

    async def get(self, task: str) -> dict:
        return forms.v1(dumped(await self._plain.get_task(TaskQueryParams(id=task, history_length=10))))

    async def cancel(self, task: str) -> dict:
        return forms.v1(dumped(await self._plain.cancel_task(TaskIdParams(id=task))))

    async def subscribe(self, task: str):
        async for event in self._streaming.resubscribe(TaskIdParams(id=task)):
            yield told(event)

    async def push_set(self, task: str, config: dict) -> dict:
        raw = {"taskId": task, "pushNotificationConfig": forms.v03_push(config)}
        request = TaskPushNotificationConfig.model_validate(raw)
        return forms.v1_push(dumped(await self._plain.set_task_callback(request)))

    async def push_get(self, task: str, config: str) -> dict:
        request = GetTaskPushNotificationConfigParams(id=task, push_notification_config_id=config)
        return forms.v1_push(dumped(await self._plain.get_task_callback(request)))

    async def extended_card(self) -> dict:
        return dumped(await self._plain.get_card())

    def error(self, error: Exception) -> dict:
        text = str(error)[:200]
        match error:
            case A2AClientJSONRPCError():
                code = error.error.code
                return {"name": CODES.get(code, str(code)), "text": text}
            case A2AClientHTTPError():
                return {"name": STATUSES.get(error.status_code, str(error.status_code)), "text": text}
            case grpc.aio.AioRpcError():
                text = f"{error.code().name} {error.details()}"[:200]
                # The SDK's own server begins its details so; another's status has to tell.
                name, colon, _ = (error.details() or "").partition("Error: ")
                status = error.code().name
                return {"name": name if colon else STATUSES.get(status, status), "text": text}
        return {"name": type(error).__name__, "text": text}


def told(event) -> dict:
    """An event of a stream. The SDK puts later chunks into the same objects: read them at once."""
    if isinstance(event, tuple):
        task, update = event
        event = task if update is None else update
    return forms.v1_event(dumped(event))


args = matrix.arguments(__doc__)
asyncio.run(matrix.run(Sdk(args), args))
