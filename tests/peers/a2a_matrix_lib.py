"""What the matrix agents share: their options, their gate, their words, and how they are served.

What the first word of the user's text asks for:

* `echo ...`    a completed task, with an artifact that holds the message's own parts;
* `message ...` a Message with these parts, and no task;
* `stream N`    working, N chunks of an artifact, completed;
* `ask ...`     input-required; any message that continues the task completes it as `echo` does;
* `slow`        works until it is cancelled, and says so five times a second;
* `fail`, `reject` a failed or a rejected task, with a message that says why.
"""

import argparse

import grpc
import lib
import uvicorn

BINDINGS = {"jsonrpc": "JSONRPC", "rest": "HTTP+JSON", "grpc": "GRPC"}
GATE = "x-matrix-gate"
TICK = 0.2
"""How often a slow task says that it works, in seconds."""

QUESTION = "what else?"
REASONS = {"fail": "told to fail", "reject": "told to refuse"}
SKILL = {"id": "echo", "name": "Echo", "description": "Says it again", "tags": ["test"]}
SECRET_SKILL = {"id": "secret", "name": "Secret", "description": "For those who ask", "tags": ["test"]}


def arguments(description: str) -> argparse.Namespace:
    args = argparse.ArgumentParser(description=description)
    args.add_argument("port", nargs="?", type=int, default=0, help="of HTTP; 0: a free one")
    args.add_argument(
        "--binding",
        action="append",
        choices=BINDINGS,
        help="what it serves, and what its card tells of; may be repeated (default: all)",
    )
    args.add_argument("--only-from", metavar="TOKEN", help=f"refuses who does not send {GATE}: TOKEN")
    args = args.parse_args()
    args.binding = args.binding or list(BINDINGS)
    return args


def sizes(texts: list[str], data: list, raws: list[bytes], urls: list[str]) -> str:
    """What the agent's SDK gave it, in numbers, so that both ends can be told apart."""
    told = [f"text {len(text)}" for text in texts]
    told += [f"data {len(members)}" for members in data]
    told += [f"raw {len(raw)}" for raw in raws]
    told += [f"url {len(url)}" for url in urls]
    return ", ".join(told)


def gated(app, token: str | None):
    """The application behind the gate: 403 to those who do not know the token."""

    async def gate(scope, receive, send):
        known = (GATE.encode(), (token or "").encode()) in scope.get("headers", [])
        if token is None or scope["type"] != "http" or known:
            await app(scope, receive, send)
            return
        head = {"type": "http.response.start", "status": 403, "headers": []}
        await send(head)
        await send({"type": "http.response.body", "body": b"not by the gateway"})

    return gate


class Gate(grpc.aio.ServerInterceptor):
    """The same for gRPC: PERMISSION_DENIED."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    async def intercept_service(self, continuation, call):
        if self._token is None or (GATE, self._token) in (call.invocation_metadata or ()):
            return await continuation(call)

        async def refuse(_request, context):
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "not by the gateway")

        return grpc.unary_unary_rpc_method_handler(refuse)


class Ports:
    """The sockets of an agent: HTTP, which also serves the card, and gRPC where it is asked for."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._token = args.only_from
        self._sock = lib.listener(args.port)
        self.http = self._sock.getsockname()[1]
        self.grpc_server = None
        self.grpc = None
        if "grpc" in args.binding:
            self.grpc_server = grpc.aio.server(interceptors=[Gate(args.only_from)])
            self.grpc = self.grpc_server.add_insecure_port("127.0.0.1:0")

    async def serve(self, app) -> None:
        """Serves; prints `READY <port>`, and `GRPC <port>` when there is one."""
        lib.end_with_stdin()
        if self.grpc_server is not None:
            await self.grpc_server.start()
        print("READY", self.http, flush=True)
        if self.grpc is not None:
            print("GRPC", self.grpc, flush=True)
        config = uvicorn.Config(gated(app, self._token), log_level="warning")
        await uvicorn.Server(config).serve(sockets=[self._sock])

    def url(self, binding: str) -> str:
        """What the card says of a binding. The SDKs want no scheme before a gRPC address."""
        return f"127.0.0.1:{self.grpc}" if binding == "grpc" else f"http://127.0.0.1:{self.http}"
