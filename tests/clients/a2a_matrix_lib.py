"""What the Python matrix clients do, and how they tell of it: the same whatever SDK is asked.

Each step speaks to a matrix agent (peers/a2a_matrix_lib.py) by an `Sdk`. Prints one JSON object,
{sdk, version, binding, card, steps}; a step is {"ok": outcome} or {"error": text}. Outcomes have the
form of protocol 1.0, with marks in the place of ids and without times; see a2a_matrix_forms.py.
"""

import argparse
import asyncio
import base64
import json
import os
import queue
import threading
import uuid
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from a2a_matrix_forms import Marks, changes, state_of

SECONDS = 20
"""How long a step may take."""

BINDINGS = {"jsonrpc": "JSONRPC", "rest": "HTTP+JSON", "grpc": "GRPC"}
DATA = {"whole": 42, "half": 1.5, "yes": True, "list": [1, "two", {"three": 3.25}]}
PARTS = [
    {"data": DATA},
    {"raw": base64.b64encode(b"some bytes").decode(), "mediaType": "text/plain", "filename": "a.txt"},
    {"url": "https://example.com/b.png", "mediaType": "image/png", "filename": "b.png"},
]
BINARY = {"raw": base64.b64encode(bytes([0, 255, 128, 10])).decode(), "mediaType": "image/png"}
TOKEN = "push-token"
AUTHENTICATION = {"scheme": "Bearer", "credentials": "push-credentials"}


class Sdk(ABC):
    """What a step may ask for. All is JSON of protocol 1.0, whatever the SDK speaks."""

    name: str
    version: str
    can_list = True
    """Whether there is ListTasks, and what lists and deletes push configurations."""

    @abstractmethod
    async def card(self) -> dict: ...
    @abstractmethod
    async def send(self, message: dict, push: dict | None = None) -> dict: ...
    @abstractmethod
    def stream(self, message: dict): ...
    @abstractmethod
    async def get(self, task: str) -> dict: ...
    @abstractmethod
    async def cancel(self, task: str) -> dict: ...
    @abstractmethod
    def subscribe(self, task: str): ...
    @abstractmethod
    async def push_set(self, task: str, config: dict) -> dict: ...
    @abstractmethod
    async def push_get(self, task: str, config: str) -> dict: ...
    @abstractmethod
    async def extended_card(self) -> dict: ...
    @abstractmethod
    def error(self, error: Exception) -> dict: ...


class Receiver:
    """Where notifications come to."""

    def __init__(self) -> None:
        self._got = queue.Queue()
        got = self._got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                got.put((dict(self.headers.items()), json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    async def until(self, state: str) -> list:
        """What came up to this state of a task."""
        all_ = []
        while True:
            try:
                got = await asyncio.to_thread(self._got.get, timeout=SECONDS / 2)
            except queue.Empty:
                raise TimeoutError(f"no notification of {state}, of {len(all_)}") from None
            all_.append(got)
            if state_of(got[1]) == state:
                return all_


class Steps:
    """The steps. Each gives its outcome."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk
        self._marks = Marks()

    async def take(self, name: str) -> dict:
        self._marks = Marks()
        try:
            return {"ok": await asyncio.wait_for(getattr(self, name)(), SECONDS)}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"[:500]}

    async def send_echo(self):
        return self._marks.answer(await self._sdk.send(self._message("echo this", *PARTS)))

    async def send_binary(self):
        """Bytes that are no text."""
        return self._marks.answer(await self._sdk.send(self._message("echo bytes", BINARY)))

    async def send_null(self):
        """Data that is nothing, which not every SDK can write."""
        return self._marks.answer(await self._sdk.send(self._message("echo null", {"data": {"none": None}})))

    async def send_message(self):
        return self._marks.answer(await self._sdk.send(self._message("message this", *PARTS)))

    async def send_fail(self):
        return self._marks.answer(await self._sdk.send(self._message("fail")))

    async def send_reject(self):
        return self._marks.answer(await self._sdk.send(self._message("reject")))

    async def stream(self):
        return [self._marks.event(event) async for event in self._sdk.stream(self._message("stream 3"))]

    async def stream_message(self):
        events = self._sdk.stream(self._message("message this"))
        return [self._marks.event(event) async for event in events]

    async def ask(self):
        first = (await self._sdk.send(self._message("ask me")))["task"]
        asked = self._marks.task(first)
        return {"asked": asked, "done": self._marks.task(await self._answered(first))}

    async def get(self):
        task = (await self._sdk.send(self._message("echo this", *PARTS)))["task"]
        return self._marks.task(await self._sdk.get(task["id"]))

    async def list(self):
        task = (await self._sdk.send(self._message("echo this")))["task"]
        page = await self._sdk.list(task["contextId"])
        tasks = [self._marks.task(task) for task in page["tasks"]]
        return {"tasks": tasks, "total": page.get("totalSize"), "next": page.get("nextPageToken", "")}

    async def cancel(self):
        """A stream's task, cancelled by another call; the stream ends by it."""
        states, answer = [], None
        async for event in self._sdk.stream(self._message("slow")):
            states.append(state_of(event))
            if answer is None and states[-1] == "TASK_STATE_WORKING":
                answer = await self._sdk.cancel(event["statusUpdate"]["taskId"])
        return {"answer": answer["status"]["state"], "stream": changes(states)}

    async def subscribe(self):
        """A second stream of a task, which is cancelled when the second has told something."""
        task, first, told = None, [], None

        async def follow():
            states, kinds = [], []
            async for event in self._sdk.subscribe(task):
                kinds += event
                states.append(state_of(event))
                if len(states) == 1:
                    await self._sdk.cancel(task)
            return {"first": kinds[0], "states": changes(states)}

        async for event in self._sdk.stream(self._message("slow")):
            first.append(state_of(event))
            if task is None and "statusUpdate" in event:
                task = event["statusUpdate"]["taskId"]
                told = asyncio.create_task(follow())
        return {**await told, "other": changes(first)}

    async def push(self):
        receiver = Receiver()
        self._marks.known(receiver.url, "RECEIVER")
        task = (await self._sdk.send(self._message("ask me")))["task"]
        self._marks.task(task)
        config = {
            "id": "config-1",
            "url": receiver.url,
            "token": TOKEN,
            "authentication": AUTHENTICATION,
        }
        sdk, id_, told = self._sdk, task["id"], {}
        told["set"] = await self._tried(sdk.push_set(id_, config))
        told["get"] = await self._tried(sdk.push_get(id_, "config-1"))
        if sdk.can_list:
            told["list"] = await self._tried(sdk.push_list(id_))
        await self._answered(task)
        if "error" not in told["set"]:
            received = await receiver.until("TASK_STATE_COMPLETED")
            told["received"] = self._marks.notifications(received)
        if sdk.can_list:
            told["delete"] = await self._tried(sdk.push_delete(id_, "config-1"))
            told["left"] = await self._tried(sdk.push_list(id_))
        return told

    async def push_inline(self):
        """A configuration that comes with the message."""
        receiver = Receiver()
        config = {"id": "config-1", "url": receiver.url, "token": TOKEN}
        self._marks.answer(await self._sdk.send(self._message("echo this"), config))
        return self._marks.notifications(await receiver.until("TASK_STATE_COMPLETED"))

    async def extended_card(self):
        return card(await self._sdk.extended_card())

    async def errors(self):
        done = (await self._sdk.send(self._message("echo this")))["task"]["id"]
        ended = (await self._sdk.send(self._message("reject")))["task"]
        more = self._message("more", taskId=ended["id"], contextId=ended["contextId"])
        return {
            "get_unknown": await self._refused(self._sdk.get("no-such-task")),
            "cancel_unknown": await self._refused(self._sdk.cancel("no-such-task")),
            "cancel_done": await self._refused(self._sdk.cancel(done)),
            "send_to_unknown": await self._refused(self._sdk.send(self._message("more", taskId="no"))),
            "send_to_ended": await self._refused(self._sdk.send(more)),
            "subscribe_done": await self._refused(first(self._sdk.subscribe(done))),
        }

    def _message(self, text: str, *more: dict, **of_task) -> dict:
        message = {"messageId": str(uuid.uuid4()), "role": "ROLE_USER", **of_task}
        self._marks.message_id(message["messageId"])
        return {**message, "parts": [{"text": text}, *more]}

    async def _answered(self, task: dict) -> dict:
        of_task = {"taskId": task["id"], "contextId": task["contextId"]}
        return (await self._sdk.send(self._message("this", **of_task)))["task"]

    async def _tried(self, call):
        """A part of a step that may fail by itself."""
        try:
            return self._marks.push(await call)
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"[:500]}

    async def _refused(self, call) -> dict:
        try:
            await call
            return {"answered": True}
        except Exception as error:
            return self._sdk.error(error)


STEPS = [name for name in vars(Steps) if name[0] != "_" and name != "take"]


async def first(events):
    async for event in events:
        return event
    return "nothing"


def card(raw: dict) -> dict:
    skills = [skill["id"] for skill in raw.get("skills", [])]
    return {"name": raw["name"], "version": raw["version"], "skills": skills}


class Headers:
    """Adds metadata to each call."""

    def __init__(self, headers: dict) -> None:
        self._headers = headers

    async def _call(self, continuation, details, request):
        metadata = grpc.aio.Metadata(*(details.metadata or ()), *self._headers.items())
        return await continuation(details._replace(metadata=metadata), request)


class Unary(Headers, grpc.aio.UnaryUnaryClientInterceptor):
    """gRPC takes an interceptor for one kind of call alone."""

    intercept_unary_unary = Headers._call


class Stream(Headers, grpc.aio.UnaryStreamClientInterceptor):
    """The same for streams."""

    intercept_unary_stream = Headers._call


def channel(headers: dict):
    """What opens gRPC channels that send these headers."""

    def open_(url: str):
        target = url.removeprefix("http://").removeprefix("grpc://").rstrip("/")
        return grpc.aio.insecure_channel(target, interceptors=[Unary(headers), Stream(headers)])

    return open_


def arguments(description: str) -> argparse.Namespace:
    args = argparse.ArgumentParser(description=description)
    args.add_argument("--url", required=True, help="what stands before the card's path")
    args.add_argument("--binding", required=True, choices=BINDINGS)
    args.add_argument("--direct-token", help="the agent's --only-from, to speak to it directly")
    args.add_argument("--header", action="append", default=[], metavar="NAME=VALUE")
    args.add_argument("--only", default="", help=f"comma-separated, of {','.join(STEPS)}")
    args = args.parse_args()
    args.headers = dict(header.split("=", 1) for header in args.header)
    if args.direct_token:
        args.headers["x-matrix-gate"] = args.direct_token
    return args


async def run(sdk: Sdk, args: argparse.Namespace) -> None:
    """Takes the steps and prints what came of them."""
    told = {"sdk": sdk.name, "version": sdk.version, "binding": args.binding}
    try:
        told["card"] = card(await sdk.card())
        steps = Steps(sdk)
        wanted = args.only.split(",") if args.only else STEPS
        names = [name for name in STEPS if name in wanted and (name != "list" or sdk.can_list)]
        told["steps"] = {name: await steps.take(name) for name in names}
    except Exception as error:
        told["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(told), flush=True)
    # Streams that nobody ended would keep it from its end.
    os._exit(1 if "error" in told else 0)
