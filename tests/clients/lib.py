"""What the Python clients share: checks that report one JSON line each, and a limit on time."""

import argparse
import json
import os
import sys
import threading
import time
import traceback
from contextlib import contextmanager

SECONDS = 20
"""How long one check may take."""


class Checks:
    """Runs named checks, all of them even when one fails."""

    def __init__(self, client: str) -> None:
        self._client = client
        self._failed = 0
        self._passed = 0

    @contextmanager
    def check(self, name: str):
        """`with checks.check("chat"): ...` passes unless the block raises or takes too long."""
        start = time.monotonic()
        timer = threading.Timer(SECONDS, self._give_up, [name])
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception as error:
            self._report(name, start, _describe(error))
        else:
            self._report(name, start, None)
        finally:
            timer.cancel()

    def exit(self) -> None:
        """Ends the process: 0 when something was checked and all of it passed, else 1."""
        sys.stdout.flush()
        os._exit(0 if self._passed and not self._failed else 1)

    def _report(self, name: str, start: float, error: str | None) -> None:
        line = {"client": self._client, "check": name, "ok": error is None}
        line["ms"] = round((time.monotonic() - start) * 1000)
        if error is None:
            self._passed += 1
        else:
            self._failed += 1
            line["error"] = error
        print(json.dumps(line), flush=True)

    def _give_up(self, name: str) -> None:
        # A call that hangs cannot be interrupted from here: report it and leave.
        self._report(name, time.monotonic() - SECONDS, f"no answer in {SECONDS} s")
        self.exit()


def arguments(description: str) -> argparse.ArgumentParser:
    """The arguments that every client takes: the base URL, and which checks to run."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("base", help="base URL of the server or gateway")
    parser.add_argument("--only", default="", help="comma-separated names of the checks to run")
    return parser


def model_arguments(description: str, model: str, key: str) -> argparse.ArgumentParser:
    """The arguments of the clients of language models."""
    parser = arguments(description)
    parser.add_argument("--model", default=model)
    parser.add_argument("--key", default=os.environ.get(key, "test-key"), help=f"default: ${key}")
    parser.add_argument("--prompt", default="Say hello")
    parser.add_argument("--expect", default="", help="text that answers must hold")
    return parser


def wanted(args: argparse.Namespace, *names: str) -> list[str]:
    """The checks of `names` that --only leaves; all of them when it is not given."""
    only = {name for name in args.only.split(",") if name}
    unknown = only - set(names)
    if unknown:
        sys.exit(f"unknown checks {sorted(unknown)}; there are {list(names)}")
    return [name for name in names if not only or name in only]


def _describe(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    text = f"{type(error).__name__}: {error}"
    here = os.path.dirname(__file__)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(here)]
    if frames:
        text += f" [line {frames[-1].lineno}: {frames[-1].line}]"
    return text[:1000]
