"""Outcomes that can be compared: JSON of protocol 1.0 with marks for ids, and what 0.3 is in it."""

from itertools import groupby

ROLES = {"user": "ROLE_USER", "agent": "ROLE_AGENT"}
EVENTS = {
    "task": "task",
    "message": "message",
    "status-update": "statusUpdate",
    "artifact-update": "artifactUpdate",
}


class Marks:
    """Puts marks in the place of ids, in the order in which they are met."""

    def __init__(self) -> None:
        self._marks = {}
        self._counts = {}

    def known(self, value: str, mark: str) -> None:
        self._marks[value] = mark

    def message_id(self, value: str) -> str | None:
        return self._mark("message", value)

    def _mark(self, kind: str, value: str | None) -> str | None:
        if not value:
            return None
        if value not in self._marks:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._marks[value] = f"{kind}-{self._counts[kind]}"
        return self._marks[value]

    def answer(self, answer: dict) -> dict:
        return self.event(answer)

    def event(self, event: dict) -> dict:
        ((kind, body),) = event.items()
        return {kind: getattr(self, kind)(body)}

    def task(self, task: dict) -> dict:
        told = {"id": self._mark("task", task["id"]), "context": self._context(task)}
        told.update(self._status(task["status"]))
        if task.get("artifacts"):
            told["artifacts"] = [self._artifact(artifact) for artifact in task["artifacts"]]
        if task.get("history"):
            told["history"] = [self.message(message) for message in task["history"]]
        return with_metadata(told, task)

    def message(self, message: dict) -> dict:
        told = {"id": self.message_id(message["messageId"]), "role": message["role"]}
        told["parts"] = [part(it) for it in message["parts"]]
        return with_metadata(told, message)

    def statusUpdate(self, update: dict) -> dict:
        ids = {"task": self._mark("task", update["taskId"]), "context": self._context(update)}
        return with_metadata({**ids, **self._status(update["status"])}, update)

    def artifactUpdate(self, update: dict) -> dict:
        told = {"task": self._mark("task", update["taskId"]), "context": self._context(update)}
        told["append"] = bool(update.get("append"))
        told["last"] = bool(update.get("lastChunk"))
        return with_metadata({**told, **self._artifact(update["artifact"])}, update)

    def push(self, config):
        """A configuration, a list of them, or nothing."""
        if not isinstance(config, dict):
            return [self.push(it) for it in config] if config is not None else None
        keys = ("id", "url", "token", "authentication")
        told = {key: config[key] for key in keys if config.get(key)}
        told["url"] = self._marks.get(config["url"], config["url"])
        return {**told, "task": self._mark("task", config.get("taskId"))}

    def notifications(self, got: list[tuple[dict, dict]]) -> dict:
        """What came to a receiver: of which version, of which task, and by whose leave."""
        bodies = [body for _, body in got]
        versions = sorted({"0.3" if "kind" in body else "1.0" for body in bodies})
        tasks = sorted({self._mark("task", task_of(body)) or "" for body in bodies})
        heads = [{name.lower(): value for name, value in head.items()} for head, _ in got]
        return {
            "version": ",".join(versions),
            "task": ",".join(tasks),
            "token": one(head.get("x-a2a-notification-token") for head in heads),
            "authorization": one(head.get("authorization") for head in heads),
        }

    def _context(self, of: dict) -> str | None:
        return self._mark("context", of.get("contextId"))

    def _status(self, status: dict) -> dict:
        told = {"state": status["state"]}
        # A message of nothing is how gRPC of 0.3 says that there is none.
        if status.get("message", {}).get("messageId"):
            told["says"] = self.message(status["message"])
        return told

    def _artifact(self, artifact: dict) -> dict:
        told = {"id": artifact["artifactId"], "name": artifact.get("name", "")}
        told["parts"] = [part(it) for it in artifact["parts"]]
        return with_metadata(told, artifact)


def part(raw: dict) -> dict:
    keys = ("text", "data", "raw", "url", "mediaType", "filename")
    # Empty texts and empty objects of ProtoJSON are nothing but for what a part is.
    told = {key: raw[key] for key in keys if key in raw and (raw[key] or key not in keys[4:])}
    if "data" in told:
        told["data"] = whole(told["data"])
    return with_metadata(told, raw)


def whole(data):
    """Numbers without a fraction are whole ones: protobuf has but one kind."""
    if isinstance(data, list):
        return [whole(it) for it in data]
    if isinstance(data, dict):
        return {key: whole(value) for key, value in data.items()}
    return int(data) if isinstance(data, float) and data.is_integer() else data


def with_metadata(told: dict, raw: dict) -> dict:
    return {**told, "metadata": raw["metadata"]} if raw.get("metadata") else told


def one(values) -> str | None:
    """The value that all have; all of them when they differ."""
    values = sorted({value or "" for value in values})
    return ",".join(values) or None


def changes(states: list) -> list:
    """Each state once, until another comes."""
    return [state for state, _ in groupby(state for state in states if state)]


def body_of(event: dict) -> dict:
    """The one member of a stream's event; a notification of 0.3 is a bare task."""
    if "kind" in event:
        return event
    return next(iter(event.values()))


def state_of(event: dict) -> str | None:
    state = body_of(event).get("status", {}).get("state")
    return v1_state(state) if state and "kind" in event else state


def task_of(event: dict) -> str | None:
    body = body_of(event)
    return body.get("taskId") or body.get("id")


# What 0.3 is in 1.0, and the other way about.


def v1_state(state: str) -> str:
    if state == "unknown":
        return "TASK_STATE_UNSPECIFIED"
    return "TASK_STATE_" + state.upper().replace("-", "_")


def v1_event(body: dict) -> dict:
    return {EVENTS[body["kind"]]: v1(body)}


def v1(raw):
    """Any JSON of 0.3: messages, tasks and updates, as deep as they are."""
    if isinstance(raw, list):
        return [v1(it) for it in raw]
    if not isinstance(raw, dict):
        return raw
    if raw.get("kind") in ("text", "file", "data"):
        return v1_part(raw)
    told = {key: value if key == "metadata" else v1(value) for key, value in raw.items()}
    told.pop("kind", None)
    if isinstance(told.get("state"), str):
        told["state"] = v1_state(told["state"])
    if told.get("role") in ROLES:
        told["role"] = ROLES[told["role"]]
    return told


def v1_part(raw: dict) -> dict:
    told = {"metadata": raw["metadata"]} if raw.get("metadata") else {}
    if raw["kind"] != "file":
        return {**told, raw["kind"]: raw[raw["kind"]]}
    names = {"bytes": "raw", "uri": "url", "mimeType": "mediaType", "name": "filename"}
    return {**told, **{names[key]: value for key, value in raw["file"].items()}}


def v03_message(message: dict) -> dict:
    role = next(old for old, new in ROLES.items() if new == message["role"])
    parts = [v03_part(it) for it in message["parts"]]
    return {**message, "kind": "message", "role": role, "parts": parts}


def v03_part(raw: dict) -> dict:
    for kind in ("text", "data"):
        if kind in raw:
            return {"kind": kind, kind: raw[kind]}
    names = {"raw": "bytes", "url": "uri", "mediaType": "mimeType", "filename": "name"}
    return {"kind": "file", "file": {names[key]: value for key, value in raw.items()}}


def v03_push(config: dict) -> dict:
    told = dict(config)
    if "authentication" in told:
        old = told["authentication"]
        told["authentication"] = {"schemes": [old["scheme"]], "credentials": old["credentials"]}
    return told


def v1_push(raw: dict) -> dict:
    told = {**raw["pushNotificationConfig"], "taskId": raw["taskId"]}
    old = told.get("authentication")
    if old:
        told["authentication"] = {**old, "scheme": ",".join(old["schemes"])}
        del told["authentication"]["schemes"]
    return told
