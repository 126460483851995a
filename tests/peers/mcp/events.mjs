// The events of one session, so that a client can take up a stream again.

/** An event store of the SDK v1. An event's id is the stream, `_`, and the place among all. */
export function eventStore() {
  const events = [];
  const streamOf = (id) => id.slice(0, id.lastIndexOf("_"));
  return {
    async storeEvent(stream, message) {
      const id = `${stream}_${events.length}`;
      events.push({ id, stream, message });
      return id;
    },
    async getStreamIdForEventId(id) {
      return events.some((event) => event.id === id) ? streamOf(id) : undefined;
    },
    async replayEventsAfter(last, { send }) {
      const stream = streamOf(last);
      const seen = events.findIndex((event) => event.id === last);
      for (const event of events.slice(seen + 1)) {
        // The first event of a stream holds no message.
        const empty = !event.message.jsonrpc;
        if (event.stream === stream && !empty) await send(event.id, event.message);
      }
      return stream;
    },
  };
}
