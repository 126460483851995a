"""What the Python peers share: a socket, the READY line, and the end that comes with stdin."""

import os
import socket
import sys
import threading

import uvicorn


def listener(port: int = 0) -> socket.socket:
    """Binds a loopback socket; port 0 lets the system choose."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(128)
    return sock


def serve(app, sock: socket.socket) -> None:
    """Serves `app`, prints `READY <port>`, and ends when stdin closes."""
    end_with_stdin()
    # Connections wait in the socket's queue until uvicorn accepts, so READY is true already.
    print("READY", sock.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[sock])


def end_with_stdin() -> None:
    """Ends the process when stdin closes."""
    threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)
