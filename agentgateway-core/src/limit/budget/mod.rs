//! So much in a window: reserved before the call, settled after it.
//!
//! # Behaviour
//! A [`Budget`] reserves what a call may use, before it goes on, and refuses it where the key's
//! [`Allowance`](crate::store::Allowance) has not as much left. When the answer has ended, what was
//! used takes the place of what was reserved, exactly once, whatever the end was. So the sum of what
//! is spent and reserved never exceeds the limit, as long as calls use no more than was reserved for
//! them; one that does is counted in full, and the next is refused.
//!
//! | what is known at the end | what counts |
//! |---|---|
//! | the layer that reads the answer says what was used | that |
//! | nobody says, and the answer's status is an error | nothing |
//! | nobody says | what was reserved |
//! | there was no answer: a later policy refused, or the service was not reached | nothing |
//! | there was no answer: the client left, or the service was too late | what was reserved |
//!
//! What is counted is tokens, unless [`reserve`](Budget::reserve) and [`measure`](Budget::measure)
//! say otherwise.
//!
//! # Reads / Writes
//! Reads what its key reads, and the facts of the call. Writes the
//! [`Meter`](crate::context::Meter) into the answer's extensions; `LlmLayer` outside claims it.
//!
//! # Errors
//! | what happened | error |
//! |---|---|
//! | the allowance has not as much left | `RateLimited` (429), `Retry-After` the end of the window |
//! | the ledger gives no word, [`FailureMode::Closed`](crate::policy::FailureMode::Closed) | `Overloaded` (503) |
//!
//! # Cost
//! In memory some 0.3 µs, and four allocations.
//!
//! # Example
//! ```
//! use agentgateway_core::{
//!     limit::{Key, budget::Budget},
//!     policy::PolicyLayer,
//!     store::{Allowance, MemoryLedger},
//! };
//! use http::{Request, Response};
//! use std::{sync::Arc, time::Duration};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let ledger = Arc::new(MemoryLedger::new());
//! let day = Allowance::new(2, Duration::from_secs(86_400));
//! // Calls in place of tokens: each counts as one, whatever it used.
//! let budget = Budget::new("daily", Key::everybody(), day)
//!     .reserve(|_| 1)
//!     .measure(|_| Some(1))
//!     .ledger(ledger.clone());
//! let service = PolicyLayer::new(budget).layer(service_fn(|_: Request<()>| async {
//!     Ok::<_, agentgateway_core::BoxError>(Response::new(String::from("hello")))
//! }));
//! for _ in 0..2 {
//!     assert!(service.clone().oneshot(Request::new(())).await.is_ok());
//! }
//! let refused = service.oneshot(Request::new(())).await.unwrap_err();
//! assert_eq!(refused.status(), 429);
//! assert_eq!(ledger.spent("daily/"), 2);
//! # }
//! ```

mod bill;
mod policy;

pub use self::policy::Budget;
