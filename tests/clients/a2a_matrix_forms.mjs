// Outcomes that can be compared, as a2a_matrix_forms.py makes them: JSON of protocol 1.0 with marks
// for ids, and what 0.3 is in it.

const ROLES = { user: "ROLE_USER", agent: "ROLE_AGENT" };
const EVENTS = {
  task: "task",
  message: "message",
  "status-update": "statusUpdate",
  "artifact-update": "artifactUpdate",
};

/** Puts marks in the place of ids, in the order in which they are met. */
export class Marks {
  #marks = new Map();
  #counts = {};

  known(value, mark) {
    this.#marks.set(value, mark);
  }

  messageId(value) {
    return this.#mark("message", value);
  }

  #mark(kind, value) {
    if (!value) return null;
    if (!this.#marks.has(value)) {
      this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
      this.#marks.set(value, `${kind}-${this.#counts[kind]}`);
    }
    return this.#marks.get(value);
  }

  event(event) {
    const [[kind, body]] = Object.entries(event);
    return { [kind]: this[kind](body) };
  }

  task(task) {
    const told = { id: this.#mark("task", task.id), context: this.#context(task) };
    Object.assign(told, this.#status(task.status));
    if (task.artifacts?.length) told.artifacts = task.artifacts.map((it) => this.#artifact(it));
    if (task.history?.length) told.history = task.history.map((it) => this.message(it));
    return withMetadata(told, task);
  }

  message(message) {
    const told = { id: this.messageId(message.messageId), role: message.role };
    told.parts = (message.parts ?? []).map(part);
    return withMetadata(told, message);
  }

  statusUpdate(update) {
    const ids = { task: this.#mark("task", update.taskId), context: this.#context(update) };
    return withMetadata({ ...ids, ...this.#status(update.status) }, update);
  }

  artifactUpdate(update) {
    const told = { task: this.#mark("task", update.taskId), context: this.#context(update) };
    told.append = Boolean(update.append);
    told.last = Boolean(update.lastChunk);
    return withMetadata({ ...told, ...this.#artifact(update.artifact) }, update);
  }

  /** A configuration, a list of them, or nothing. */
  push(config) {
    if (Array.isArray(config)) return config.map((it) => this.push(it));
    if (!config) return null;
    const told = {};
    for (const key of ["id", "url", "token", "authentication"]) if (config[key]) told[key] = config[key];
    told.url = this.#marks.get(config.url) ?? config.url;
    return { ...told, task: this.#mark("task", config.taskId) };
  }

  /** What came to a receiver: of which version, of which task, and by whose leave. */
  notifications(got) {
    const task = (body) => bodyOf(body).taskId || bodyOf(body).id;
    return {
      version: one(got.map(({ body }) => ("kind" in body ? "0.3" : "1.0"))),
      task: one(got.map(({ body }) => this.#mark("task", task(body)))),
      token: one(got.map(({ headers }) => headers["x-a2a-notification-token"])),
      authorization: one(got.map(({ headers }) => headers.authorization)),
    };
  }

  #context(of) {
    return this.#mark("context", of.contextId);
  }

  #status(status) {
    const told = { state: status.state };
    // A message of nothing is how gRPC of 0.3 says that there is none.
    if (status.message?.messageId) told.says = this.message(status.message);
    return told;
  }

  #artifact(artifact) {
    const told = { id: artifact.artifactId, name: artifact.name ?? "" };
    told.parts = artifact.parts.map(part);
    return withMetadata(told, artifact);
  }
}

function part(raw) {
  const told = {};
  for (const key of ["text", "data", "raw", "url"]) if (key in raw) told[key] = raw[key];
  for (const key of ["mediaType", "filename"]) if (raw[key]) told[key] = raw[key];
  return withMetadata(told, raw);
}

function withMetadata(told, { metadata }) {
  return metadata && Object.keys(metadata).length ? { ...told, metadata } : told;
}

/** The value that all have; all of them when they differ. */
function one(values) {
  return [...new Set(values.map((value) => value ?? ""))].sort().join() || null;
}

/** Each state once, until another comes. */
export function changes(states) {
  return states.filter(Boolean).filter((state, i, all) => state !== all[i - 1]);
}

/** The one member of a stream's event; a notification of 0.3 is a bare task. */
function bodyOf(event) {
  return "kind" in event ? event : Object.values(event)[0];
}

export function stateOf(event) {
  const state = bodyOf(event).status?.state;
  return state && "kind" in event ? v1State(state) : state;
}

// What 0.3 is in 1.0, and the other way about.

function v1State(state) {
  if (state === "unknown") return "TASK_STATE_UNSPECIFIED";
  return `TASK_STATE_${state.toUpperCase().replaceAll("-", "_")}`;
}

export function v1Event(body) {
  return { [EVENTS[body.kind]]: v1(body) };
}

/** Any JSON of 0.3: messages, tasks and updates, as deep as they are. */
export function v1(raw) {
  if (Array.isArray(raw)) return raw.map(v1);
  if (raw === null || typeof raw !== "object") return raw;
  if (["text", "file", "data"].includes(raw.kind)) return v1Part(raw);
  const told = {};
  for (const [key, value] of Object.entries(raw)) {
    if (key !== "kind" && value !== undefined) told[key] = key === "metadata" ? value : v1(value);
  }
  if (typeof told.state === "string") told.state = v1State(told.state);
  if (told.role in ROLES) told.role = ROLES[told.role];
  return told;
}

function v1Part({ kind, metadata, ...raw }) {
  if (kind !== "file") return { [kind]: raw[kind], metadata };
  const { bytes, uri, mimeType, name } = raw.file;
  const content = bytes === undefined ? { url: uri } : { raw: bytes };
  return { ...content, mediaType: mimeType, filename: name, metadata };
}

export function v03Message(message) {
  const role = Object.keys(ROLES).find((old) => ROLES[old] === message.role);
  return { ...message, kind: "message", role, parts: message.parts.map(v03Part) };
}

function v03Part(raw) {
  for (const kind of ["text", "data"]) if (kind in raw) return { kind, [kind]: raw[kind] };
  const content = "raw" in raw ? { bytes: raw.raw } : { uri: raw.url };
  return { kind: "file", file: { ...content, mimeType: raw.mediaType, name: raw.filename } };
}

export function v03Push({ authentication: old, ...config }) {
  if (!old) return config;
  return { ...config, authentication: { schemes: [old.scheme], credentials: old.credentials } };
}

export function v1Push({ taskId, pushNotificationConfig: { authentication: old, ...config } }) {
  const authentication = old && { scheme: old.schemes.join(), credentials: old.credentials };
  return { ...config, taskId, authentication };
}
