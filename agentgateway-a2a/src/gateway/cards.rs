//! The cards of all agents, read at once.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use http::Extensions;
use tokio::time::timeout;

use super::root::Member;
use crate::bridge::KnownCard;

/// How long is waited for cards that are not known.
const PATIENCE: Duration = Duration::from_secs(3);

/// Each agent's card, in their order; `None` where it is not known and cannot be read in time. One that is old and
/// cannot be read in time is the old one.
pub(super) async fn current(members: &[Member], asking: &Extensions) -> Vec<Option<KnownCard>> {
    let reading = members.iter().map(|member| async {
        let read = timeout(PATIENCE, member.agent.current_card(asking)).await;
        read.unwrap_or_else(|_| member.agent.card())
    });
    together(reading.collect()).await
}

/// The outputs of futures that run together.
pub(super) async fn together<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<Pin<Box<F>>> = all.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    poll_fn(|cx| {
        let mut waits = false;
        for (future, done) in running.iter_mut().zip(&mut done) {
            if done.is_none() {
                match future.as_mut().poll(cx) {
                    Poll::Ready(output) => *done = Some(output),
                    Poll::Pending => waits = true,
                }
            }
        }
        match waits {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
