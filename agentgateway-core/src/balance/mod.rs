//! Which endpoint of a set takes a request.
//!
//! A [`Balancer`] chooses among [`Member`]s of any value and gives a [`Lease`], which is held until
//! the answer's body has ended and is told what came of the exchange. [`Balance`] does this for a
//! set of [`Endpoint`]s behind one HTTP client.
//!
//! # Behaviour
//!
//! **Choice.** Of two endpoints the one that costs less: its latency for each request in flight and
//! for the new one. The first of the two is drawn by weight, the second from the rest, and the
//! second is taken only when the first costs more than 1.25 times as much. So endpoints that are
//! alike share by weight, and a slow or busy one is passed over.
//!
//! * Latency is the time to the head of an answer. It rises at once to the slowest sample and falls
//!   with the samples that follow, by 1/e in the [decay time](BalancerBuilder::decay). What is known
//!   of two endpoints fades with its age towards "alike".
//! * A new endpoint gets one request, and a second one only when the others cost more than the
//!   [penalty](BalancerBuilder::penalty), until it has answered.
//! * A failure doubles the latency up to the penalty: who fails fast must not look fast.
//! * In flight is what holds a lease: a stream counts until its end.
//! * Weights are compared with loads, and say nothing about an exact share: for that, draw by the
//!   weights first, and balance within.
//!
//! **Affinity.** A request with an [`Affinity`] goes where its key leads (rendezvous hashing by
//! weight: when an endpoint leaves, only its keys move), unless that endpoint is ejected, tried, or
//! above its [bound](BalancerBuilder::affinity_bound): 1.25 times its fair share of what is in
//! flight. Then it goes to the key's next.
//!
//! **Preference.** A request with [`Prefer`] goes to the endpoint of that key, whatever its load and
//! priority, as long as it takes requests, or waits for a probe, and was not tried; else as if it had none.
//!
//! **Exclusion.** Attempts that share one [`Tried`] go to different endpoints, while there are any.
//!
//! **Priorities.** Endpoints of one [priority](Member::priority) are a group, and the choice is made
//! within the first group that has an endpoint for the request: one that is healthy and was not tried.
//! The next group takes requests only while there is none; nothing spills over for load alone. Groups
//! behind the one in use are not probed until they are needed.
//!
//! **Order.** Healthy ones that were not tried; healthy ones; ejected ones that were not tried; all;
//! in each case the first group that has any. So a set that is not empty always gives an endpoint: when
//! every one is ejected (the panic rule), the choice is made among them as if none were, and the first
//! that succeeds is back. A balancer that [fails fast](BalancerBuilder::fail_fast) gives none instead,
//! but for probes, and says how long it is to the [soonest](Balancer::soonest).
//!
//! **Ejection.** [`Ejection`] sets the figures, and turns signals on and off. Besides the two below
//! there are a score of [health](Ejection::health_threshold), and a [cooldown](Ejection::cooldown) for
//! who says that it wants to be left alone.
//!
//! | state | until | then |
//! |---|---|---|
//! | healthy | 5 failures in a row; or less than half of at least 10 outcomes in 10 s succeeded | ejected, if no more than half of its group is, or another group stands behind |
//! | ejected | 1 s has gone by, and what `Retry-After` asked for (60 s at most) | the next request probes it |
//! | probed, by one request | its answer's head is no failure | healthy; one failure ejects it again |
//! | | it fails, also with 429 or 503 | ejected for twice as long, 60 s at most |
//! | | it is canceled, or 60 s have gone by | the next request probes it |
//!
//! An ejection lasts twice as long as the one before unless the endpoint was healthy for longer than
//! that. Exchanges that began before an ejection say nothing after it. A 429 or 503 counts in the
//! rate, and neither lengthens nor ends a row of failures. Clients that go away count nowhere.
//! Nobody is ejected for ever.
//!
//! While this process stood still, connections broke and clocks ran out through no endpoint's fault: with
//! a [`Pulse`] such failures eject nobody.
//!
//! What is not asked is not probed: requests are the only check here. Whoever knows more takes an
//! endpoint [out and back](Balancer::set_out); the room `health` (feature `health`) does, by checks of
//! its own.
//!
//! **Update.** [`Balancer::update`] replaces the set at once; endpoints whose key stays keep load
//! and health.
//!
//! # Reads / Writes
//!
//! [`Balance`] reads [`Prefer`], [`Affinity`] and [`Tried`] in a request's extensions, adds the key of its
//! endpoint to `Tried`, and when it failed how many are [left](Tried::left); it writes [`Chosen`] into
//! the response's extensions. It forwards the readiness of its client. What counts as a failure says
//! [`Classify`]: by default [`ByStatus`], else a closure over the head, or an implementation of one's
//! own.
//!
//! A timeout, a span per attempt and the endpoint's credential stand inside, between `Balance` and
//! the client; retries stand outside. A timeout outside drops the call, which then counts as
//! canceled: it raises the latency, and ejects nobody.
//!
//! # Errors
//!
//! | what happened | error |
//! |---|---|
//! | the set is empty | `Unavailable`, of the gateway's origin |
//! | all are out, and that is to fail fast | `Overloaded`, with the soonest time as `Retry-After` |
//! | the path leaves the endpoint's base path, or is too long | `InvalidRequest`, as [`Endpoint::apply`] says |
//! | all else | that of the client or of its body |
//!
//! # Cost and contention
//!
//! No task, no channel, and nothing per frame of a body. A pick draws 2 endpoints, and up to 8 where
//! some are ejected or tried; when even these do not fit, or with an affinity or a preference, or when a probe is
//! due, it looks at all, which takes time in proportion to the set. It allocates nothing, unless
//! something was tried.
//!
//! Picks take no lock: they read the list (`arc-swap`) and, of each endpoint that they look at, three
//! atomic words; they change two counters that all picks share (random numbers, and the reference
//! count that a lease holds) and one of the endpoint. The end of an exchange takes the endpoint's own
//! lock for some dozen instructions. An ejection and an update take a lock of the whole set.
//!
//! # Differences from `tower::balance` and `tower::load`
//!
//! tower's `p2c` chooses in `poll_ready`, before it sees the request, and so knows no affinity and
//! no exclusion; it holds a service per endpoint, ejects nobody, and takes changes as a stream that
//! it must be polled for. Its `PeakEwma` measures a request to the drop of a handle, and an endpoint
//! that fails fast looks fast.
//!
//! # Example
//!
//! Two services in this process, of which one fails:
//!
//! ```
//! use agentgateway_core::{balance::{Balance, Balancer, Health, Member}, upstream::Endpoint};
//! use http::{Request, Response, StatusCode};
//! use http_body_util::{BodyExt, Full};
//! use tower::{ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Stands for an HTTP client: which service a request reaches, its URI says.
//! let client = service_fn(|request: Request<String>| async move {
//!     let (status, text) = match request.uri().host() {
//!         Some("red.test") => (StatusCode::BAD_GATEWAY, "not today"),
//!         _ => (StatusCode::OK, "hello from blue"),
//!     };
//!     let mut response = Response::new(Full::new(bytes::Bytes::from(text)));
//!     *response.status_mut() = status;
//!     Ok::<_, std::convert::Infallible>(response)
//! });
//! let red: Endpoint = "http://red.test".parse()?;
//! let blue: Endpoint = "http://blue.test".parse()?;
//! let balancer = Balancer::new([Member::from(red), Member::from(blue).weight(2)]);
//! let service = Balance::new(client, balancer.clone());
//!
//! for _ in 0..1000 {
//!     let response = service.clone().oneshot(Request::new(String::new())).await?;
//!     response.into_body().collect().await?;
//! }
//! let [red, blue] = &balancer.standings()[..] else { panic!("two endpoints") };
//! assert!(red.latency > blue.latency);
//! assert_eq!((red.in_flight, blue.health), (0, Health::Healthy));
//!
//! // A reload: what is known of `blue` stays.
//! let green: Endpoint = "http://green.test".parse()?;
//! balancer.update([Member::from("http://blue.test".parse::<Endpoint>()?), Member::from(green)]);
//! let response = service.oneshot(Request::new(String::new())).await?;
//! assert_eq!(response.status(), StatusCode::OK);
//! # Ok(())
//! # }
//! ```
//!
//! A router that has its own kind of values, and speaks no HTTP:
//!
//! ```
//! use agentgateway_core::balance::{Affinity, Balancer, Criteria, Member, Outcome, Tried};
//!
//! let models = Balancer::new([Member::new("small-1", 7_001), Member::new("small-2", 7_002)]);
//! let tried = Tried::new();
//! let criteria = Criteria::new().affinity(Affinity::of("conversation 12")).tried(&tried);
//!
//! let mut first = models.pick_for(&criteria).expect("two models");
//! first.settle(Outcome::Failure);
//! let mut second = models.pick_for(&criteria).expect("two models");
//! assert_ne!(first.value(), second.value());
//! second.answered();
//! // ... the stream ...
//! second.settle(Outcome::Success);
//! ```
//!
//! [`Endpoint`]: crate::upstream::Endpoint
//! [`Endpoint::apply`]: crate::upstream::Endpoint::apply

mod balancer;
mod body;
mod breaker;
mod builder;
mod classify;
mod criteria;
mod ejection;
mod future;
mod gate;
mod latency;
mod layer;
mod lease;
mod list;
mod member;
mod node;
mod outcome;
mod pulse;
mod random;
mod select;
mod service;
mod shared;
mod standing;
#[cfg(test)]
mod tests;
mod window;

#[cfg(feature = "health")]
pub(crate) use self::balancer::WeakBalancer;
pub use self::{
    balancer::Balancer,
    body::{LeaseEnd, ResponseBody},
    builder::BalancerBuilder,
    classify::{ByStatus, Classify},
    criteria::{Affinity, Chosen, Criteria, Prefer, Tried},
    ejection::Ejection,
    future::ResponseFuture,
    layer::BalanceLayer,
    lease::Lease,
    member::Member,
    outcome::Outcome,
    pulse::Pulse,
    service::Balance,
    standing::{Health, Standing},
};
