"""The official Rust SDK takes the steps of the matrix with protocol 1.0. See a2a_matrix_lib.py.

`tests/a2a-lf` is the SDK, asked by lines; `install` builds it into `.deps/a2a-lf`.
"""

import asyncio
import json
from pathlib import Path

import a2a_matrix_lib as matrix

PROGRAM = Path(__file__).parent.parent / ".deps/a2a-lf/debug/a2a-lf-client"
CODES = {
    -32001: "TaskNotFound",
    -32002: "TaskNotCancelable",
    -32004: "UnsupportedOperation",
    -32602: "InvalidParams",
}


class Refused(Exception):
    """An error of the SDK."""


class Sdk(matrix.Sdk):
    name = "rust 0.4.2"
    version = "1.0"

    def __init__(self, args) -> None:
        self._args = args
        self._asked = 0
        self._answers = {}

    async def card(self) -> dict:
        headers = [f"{name}={value}" for name, value in self._args.headers.items()]
        self._child = await asyncio.create_subprocess_exec(
            PROGRAM,
            self._args.url,
            matrix.BINDINGS[self._args.binding],
            *headers,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**20,
        )
        card = json.loads(await self._child.stdout.readline())
        self._reading = asyncio.create_task(self._read())
        return card

    async def _read(self) -> None:
        while line := await self._child.stdout.readline():
            answer = json.loads(line)
            self._answers[answer["id"]].put_nowait(answer)
        for answers in self._answers.values():
            answers.put_nowait({"error": {"code": 0, "message": "the SDK has ended"}})

    async def _ask(self, call: str, request: dict):
        """The events of a stream, then the answer."""
        self._asked += 1
        answers = self._answers[self._asked] = asyncio.Queue()
        line = {"id": self._asked, "call": call, "request": request}
        self._child.stdin.write(json.dumps(line).encode() + b"\n")
        while True:
            answer = await answers.get()
            if "error" in answer:
                raise Refused(answer["error"]["code"], answer["error"]["message"])
            yield answer.get("event", answer.get("ok"))
            if "event" not in answer:
                return

    async def _one(self, call: str, request: dict):
        return [answer async for answer in self._ask(call, request)][0]

    async def _events(self, call: str, request: dict):
        async for event in self._ask(call, request):
            if event is not None:
                yield event

    async def send(self, message: dict, push: dict | None = None) -> dict:
        configuration = {"taskPushNotificationConfig": push} if push else None
        return await self._one("send", {"message": message, "configuration": configuration})

    def stream(self, message: dict):
        return self._events("stream", {"message": message})

    async def get(self, task: str) -> dict:
        return await self._one("get", {"id": task, "historyLength": 10})

    async def list(self, context: str) -> dict:
        return await self._one("list", {"contextId": context, "includeArtifacts": True})

    async def cancel(self, task: str) -> dict:
        return await self._one("cancel", {"id": task})

    def subscribe(self, task: str):
        return self._events("subscribe", {"id": task})

    async def push_set(self, task: str, config: dict) -> dict:
        return await self._one("push_set", {**config, "taskId": task})

    async def push_get(self, task: str, config: str) -> dict:
        return await self._one("push_get", {"taskId": task, "id": config})

    async def push_list(self, task: str) -> list:
        return (await self._one("push_list", {"taskId": task})).get("configs", [])

    async def push_delete(self, task: str, config: str) -> None:
        await self._one("push_delete", {"taskId": task, "id": config})

    async def extended_card(self) -> dict:
        return await self._one("extended_card", {})

    def error(self, error: Exception) -> dict:
        if not isinstance(error, Refused):
            return {"name": type(error).__name__, "text": str(error)[:200]}
        code, message = error.args
        return {"name": CODES.get(code, str(code)), "text": message[:200]}


args = matrix.arguments(__doc__)
asyncio.run(matrix.run(Sdk(args), args))
