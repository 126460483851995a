//! The requests of a test: single ones, samples, and copies.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use super::{
    check::{check, shares},
    client::{Client, Got},
    expectation::{Answer, Ask, Exchange, Mirror, Sample, Test},
    run::{House, backend},
    serving::Serving,
};

/// How often a request must be answered as expected. The suite repeats too, and forgives what
/// failed before: here nothing has to settle, so nothing is forgiven.
const TIMES: usize = 2;

/// How long copies may take.
const COPIED: Duration = Duration::from_secs(5);

/// The sample that shares of mirrors are taken from, and how often one may be taken.
const COPIES: usize = 500;
const ROUNDS: usize = 5;

#[derive(Clone, Copy)]
pub(crate) struct Exchanges<'a> {
    pub(crate) house: &'a House,
    pub(crate) serving: &'a Serving,
    pub(crate) test: &'a Test,
}

impl Exchanges<'_> {
    /// Makes an exchange as often as it says.
    pub(crate) async fn made(&self, exchange: &Exchange) -> Result<(), String> {
        let (ask, expect) = (&exchange.request, &exchange.expect);
        let only = self.test.gateway.first();
        let gateway = ask.gateway.as_ref().or(only).ok_or("no gateway is named")?;
        let client = self.house.client(self.serving, gateway, ask.port());
        if expect.connection_fails {
            let Ok(client) = client else { return Ok(()) };
            return match client.send(ask, "", &[]).await {
                Err(_) => Ok(()),
                Ok(got) => Err(format!("answered with {}", got.status)),
            };
        }
        let client = client?;
        if let Some(wanted) = &expect.echo_text_frame {
            let binary = &expect.echo_binary_frame;
            let (text, bytes) = client.websocket(ask, wanted, binary).await?;
            return match text == *wanted && bytes == *binary {
                true => Ok(()),
                false => Err(format!("frames came back as {text:?} and {bytes:?}")),
            };
        }
        for _ in 0..expect.repeat.unwrap_or(TIMES) {
            let got = client.send(ask, &self.house.unique(), &[]).await?;
            check(ask, expect, &got)?;
            for mirror in expect.mirrored_to.iter().filter(|it| it.percent.is_none()) {
                self.copied(mirror, &got).await?;
            }
        }
        if let (Some(wanted), Some(sample)) = (&expect.weights, &expect.weights_sample) {
            self.weighed(&client, ask, wanted, sample).await?;
        }
        for mirror in &expect.mirrored_to {
            if let Some(percent) = mirror.percent {
                self.share(&client, ask, expect, mirror, percent).await?;
            }
        }
        Ok(())
    }

    /// A mirror gets a copy of each request, some time.
    async fn copied(&self, mirror: &Mirror, got: &Got) -> Result<(), String> {
        let seen = self.house.cluster.seen(&mirror.namespace, &mirror.backend);
        let deadline = Instant::now() + COPIED;
        while seen.count(&got.sent) == 0 {
            if Instant::now() > deadline {
                return Err(format!("{} saw no {}", mirror.backend, got.sent));
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Shares of a sample, which may be taken again: chance is allowed to be unkind.
    async fn weighed(
        &self,
        client: &Client<'_>,
        ask: &Ask,
        wanted: &BTreeMap<String, f64>,
        sample: &Sample,
    ) -> Result<(), String> {
        let mut last = Ok(());
        for _ in 0..sample.max_attempts {
            let mut counts: BTreeMap<String, f64> = BTreeMap::new();
            let answers = stream::iter(0..sample.requests).map(|number| async move {
                let jitter = number.to_string();
                client.send(ask, "", &[("x-jitter", &jitter)]).await
            });
            let mut answers = answers.buffer_unordered(sample.concurrency);
            while let Some(got) = answers.next().await {
                let backend = backend(&got?).ok_or("the answer is none of the echo's")?;
                *counts.entry(backend).or_default() += 1.0;
            }
            last = shares(wanted, &counts, sample.tolerance);
            if last.is_ok() {
                break;
            }
        }
        last
    }

    /// The share of requests that a mirror gets, within three standard deviations.
    async fn share(
        &self,
        client: &Client<'_>,
        ask: &Ask,
        expect: &Answer,
        mirror: &Mirror,
        percent: f64,
    ) -> Result<(), String> {
        let mut last = Ok(());
        for _ in 0..ROUNDS {
            let unique = self.house.unique();
            let unique = unique.as_str();
            let answers = stream::iter(0..COPIES).map(|_| client.send(ask, unique, &[]));
            let mut answers = answers.buffer_unordered(10);
            let mut sent = String::new();
            while let Some(got) = answers.next().await {
                let got = got?;
                check(ask, expect, &got)?;
                sent = got.sent;
            }
            last = self.fair(mirror, percent / 100.0, &sent).await;
            if last.is_ok() {
                break;
            }
        }
        last
    }

    async fn fair(&self, mirror: &Mirror, share: f64, sent: &str) -> Result<(), String> {
        let seen = self.house.cluster.seen(&mirror.namespace, &mirror.backend);
        let all = f64::from(u32::try_from(COPIES).unwrap());
        let wide = 3.0 * (all * share * (1.0 - share)).sqrt();
        // Copies come when they come: the count is final when it has not grown for a while.
        let (mut count, mut since) = (seen.count(sent), Instant::now());
        while since.elapsed() < Duration::from_millis(200) {
            sleep(Duration::from_millis(10)).await;
            if seen.count(sent) != count {
                (count, since) = (seen.count(sent), Instant::now());
            }
        }
        let found = f64::from(u32::try_from(count).unwrap());
        if (found - all * share).abs() <= wide {
            return Ok(());
        }
        Err(format!(
            "{} got {found} of {all}, expected {share}",
            mirror.backend
        ))
    }
}
