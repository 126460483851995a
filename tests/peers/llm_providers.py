"""Providers of models with a script, in five dialects on one port.

What was asked for is told by `GET /asked`, by cell, in a form that is the same for all dialects, and by
`GET /bodies` as it came.
"""

import json
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import lib
from llm import chat, converse, gemini, messages, others, responses, signature
from llm.scenes import ERRORS, TAG, scene

ASKED: dict[str, list] = {}
"""What was asked for, by cell."""
BODIES: list[tuple[str, str, dict]] = []
"""Cells, dialects and requests as they came."""

PATHS = [
    (re.compile(r"/chat/completions$"), chat),
    (re.compile(r"/responses$"), responses),
    (re.compile(r"/v1/messages$"), messages),
    (re.compile(r"/models/[^/]+:(stream)?[gG]enerateContent$"), gemini),
    (re.compile(r"/model/[^/]+/converse(-stream)?$"), converse),
]
OTHERS = {"/v1/embeddings": others.embeddings, "/v2/rerank": others.rerank}
PIECE = 61
"""How many bytes of a stream are written at once, whatever its events are."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_arguments) -> None:
        pass

    def do_GET(self) -> None:
        told = BODIES if self.path == "/bodies" else ASKED
        self.whole(200, {}, json.dumps(told).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        path = self.path.partition("?")[0]
        if other := OTHERS.get(path):
            asked = json.loads(body)
            told = {"path": self.path, "key": self.key(), "model": asked["model"]}
            ASKED.setdefault(path, []).append(told)
            self.whole(200, {}, json.dumps(other(asked)).encode())
            return
        found = [dialect for pattern, dialect in PATHS if pattern.search(path)]
        if not found:
            self.whole(404, {}, b'{"error":{"message":"no such path","code":404}}')
            return
        [dialect] = found
        try:
            self.converse(dialect, path, body)
        except (KeyError, TypeError, ValueError, AssertionError) as error:
            # What the provider would refuse.
            print(f"{path}: {error!r}: {body[:2000]!r}", file=sys.stderr, flush=True)
            self.whole(*dialect.error(400, f"the provider cannot read it: {error!r}"))

    def converse(self, dialect, path: str, body: bytes) -> None:
        tag = TAG.search(body.decode())
        assert tag, "the prompt names no scene"
        asked = json.loads(body)
        if tag[1] in ERRORS:
            status = ERRORS[tag[1]]
            self.whole(*dialect.error(status, f"The provider says {status}."))
            return
        sent = dialect.read(asked)
        streams = bool(asked.get("stream")) or "stream" in path.rpartition("/")[2]
        told = sent.told() | {"path": self.path, "key": self.key(), "streams": streams}
        if dialect is converse:
            told["signature"] = self.signature(body)
        ASKED.setdefault(tag[2], []).append(told)
        BODIES.append((tag[2], dialect.__name__.rpartition(".")[2], asked))
        said = scene(tag[1], sent.has_results())
        is_ollama = path.startswith("/ollama/")
        if streams:
            events = others.ollama_stream if is_ollama else dialect.stream
            self.stream(dialect, events(said, asked), said.fault)
        else:
            answer = others.ollama if is_ollama else dialect.answer
            self.whole(200, {}, json.dumps(answer(said, asked)).encode())

    def key(self) -> str | None:
        """The credential that came, unless it is a signature."""
        names = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
        told = [self.headers[name] for name in names if self.headers[name]]
        return ", ".join("signed" if key.startswith("AWS4") else key for key in told) or None

    def signature(self, body: bytes) -> str:
        headers = {name.lower(): value for name, value in self.headers.items()}
        url = f"http://{headers['host']}{self.path}"
        return signature.judge(self.command, url, headers, body)

    def whole(self, status: int, headers: dict, body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status == 429:
            self.send_header("retry-after", "7")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, dialect, events, fault: str) -> None:
        media_type = "text/event-stream; charset=utf-8"
        if dialect is converse:
            media_type = "application/vnd.amazon.eventstream"
        self.send_response(200)
        self.send_header("content-type", media_type)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        body = b"".join(events)
        for at in range(0, len(body), PIECE):
            piece = body[at : at + PIECE]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if fault == "cut":
            # Content has left before the connection does.
            time.sleep(0.05)
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, _request, _address) -> None:
        # Whoever asked may go at any time.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(_request, _address)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
server = Server(("127.0.0.1", port), Handler)
lib.end_with_stdin()
print("READY", server.server_address[1], flush=True)
server.serve_forever()
