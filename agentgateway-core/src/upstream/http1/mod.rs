//! HTTP/1.1 on one connection, which is polled by whoever waits for the answer.
//!
//! The connection is no task of its own. It is polled in the future of the answer's head, and then
//! in the answer's body; so what one read brought is there in one poll, and leaves in one write. Six
//! rules keep that sound:
//!
//! 1. A request that is still being sent when the answer starts needs the connection polled while
//!    nobody reads the answer. That one connection is spawned, and not used again.
//! 2. A poll does not see a FIN that came since the runtime last asked the system: the pool looks at
//!    the socket itself before it hands a connection out.
//! 3. The connection goes back at the last byte, not at the `None` behind it: a server that knows
//!    the length never asks for that.
//! 4. Only what lies idle goes back: nothing left to read, and ready for a request.
//! 5. A connection that lies idle holds no waker of the task that used it.
//! 6. What was gathered before an error goes out before the error.

mod body;
mod exchange;
mod link;
mod wake;

pub(super) use self::{
    body::PooledBody,
    exchange::{Broken, Exchange},
    link::Link,
};
