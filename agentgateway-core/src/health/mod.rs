//! Whether endpoints can take requests, by requests of our own.
//!
//! # Behaviour
//! [`HealthChecks`] ask each endpoint of a [`Balancer`](crate::balance::Balancer) in turns, and
//! [take it out](crate::balance::Balancer::set_out) while it does not answer well. Requests find faults
//! too, and the balancer ejects who fails them; checks find those that no request has met yet, and
//! those of endpoints that take few.
//!
//! | question | rule |
//! |---|---|
//! | how often | 10 s behind the end of the last check, give or take a tenth, so that replicas do not ask together; the first within a second |
//! | what fails | an error, another answer than the expected one, none within 3 s |
//! | when it is out | 3 failures in a row; until then, and before the first check, it takes requests |
//! | when it is back | one success |
//! | when all are out | the balancer's panic rule: the choice is made as if none were |
//! | endpoints that come and go | are found within a second; what is known of one that leaves is forgotten |
//! | a pause of this process | a check that is over a second too late counts neither way |
//!
//! What to ask: [`HttpCheck`] a path, [`TcpCheck`] a connection, [`GrpcCheck`] the gRPC health service;
//! or a closure over the endpoint, as any [`Check`].
//!
//! # Reads / Writes
//! One flag of each endpoint in the balancer. It is the checks' alone: somebody else who takes endpoints
//! of the same balancer out is overruled by the next check.
//!
//! # Errors
//! None goes out. A check that failed is an event of `tracing` at the level DEBUG; an endpoint that goes
//! or comes back one at WARN or INFO, by the balancer.
//!
//! # Cost
//! One future, which the application runs, with a timer for each endpoint; a request per endpoint and
//! turn. Picks read one flag more.
//!
//! # Example
//! ```
//! use std::time::Duration;
//! use agentgateway_core::{
//!     Error, ErrorKind,
//!     balance::{Balancer, Health, Member},
//!     health::HealthChecks,
//! };
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let balancer = Balancer::new([Member::new("a", 1), Member::new("b", 2)]);
//! let checks = HealthChecks::new(|endpoint: &i32| {
//!     let is_down = *endpoint == 2;
//!     async move {
//!         if is_down { Err(Error::new(ErrorKind::Unavailable, "down")) } else { Ok(()) }
//!     }
//! });
//! tokio::spawn(checks.interval(Duration::from_secs(1)).run(&balancer));
//!
//! tokio::time::sleep(Duration::from_secs(10)).await;
//! let health: Vec<_> = balancer.standings().into_iter().map(|one| one.health).collect();
//! assert_eq!(health, [Health::Healthy, Health::Out]);
//! # }
//! ```

mod check;
mod checks;
mod grpc;
mod http;
mod tally;
mod tcp;
#[cfg(test)]
mod tests;
mod watch;

pub use self::{
    check::Check, checks::HealthChecks, grpc::GrpcCheck, http::HttpCheck, tcp::TcpCheck,
};
