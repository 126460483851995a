//! One test from its manifests to its results.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::{
    certificates::Certificates,
    client::{Client, Got},
    cluster::Cluster,
    conditions::Judged,
    exchanges::Exchanges,
    expectation::{Expected, Suite, Test},
    serving::Serving,
    world::World,
};

/// What all tests of a group share.
pub(crate) struct House {
    pub(crate) suite: Suite,
    pub(crate) certificates: Certificates,
    pub(crate) cluster: Cluster,
    unique: AtomicUsize,
}

/// What became of a test: each of its requests, and each thing expected of a status.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) requests: Vec<Result<(), String>>,
    pub(crate) conditions: Vec<Result<(), String>>,
}

impl Outcome {
    /// All that is wrong.
    pub(crate) fn faults(&self) -> impl Iterator<Item = &String> {
        let all = self.requests.iter().chain(&self.conditions);
        all.filter_map(|it| it.as_ref().err())
    }
}

impl House {
    /// `None` is said on standard error.
    pub(crate) async fn open() -> Option<Self> {
        let suite = Suite::load()?;
        let certificates = Certificates::make();
        let more = ["gateway-tls-backend-client-certificate.yaml".to_owned()];
        let world = World::load(&suite, &certificates, &more);
        let cluster = Cluster::start(&world.objects, &certificates).await;
        Some(Self {
            suite,
            certificates,
            cluster,
            unique: AtomicUsize::new(1),
        })
    }

    /// A value that no other request has.
    pub(crate) fn unique(&self) -> String {
        self.unique.fetch_add(1, Ordering::Relaxed).to_string()
    }

    /// Runs a test with its steps.
    pub(crate) async fn run(&self, test: &Test) -> Outcome {
        let mut outcome = Outcome::default();
        let mut world = World::load(&self.suite, &self.certificates, &test.manifest);
        let mut serving = Serving::new();
        let mut before = BTreeMap::new();
        let steps = test.steps.iter().map(|step| (Some(step), &step.expect));
        for (step, expected) in std::iter::once((None, &test.first)).chain(steps) {
            if let Some(step) = step {
                let pods = self
                    .cluster
                    .pods("gateway-conformance-infra", "infra-backend-v1", 3000);
                world.change(step, pods);
            }
            let resolve = self.cluster.resolve(&world.objects);
            if let Err(error) = serving.apply(&world, resolve).await {
                outcome.conditions.push(Err(format!("not served: {error}")));
                break;
            }
            self.judge(test, expected, &serving, &mut outcome).await;
            let judged = Judged {
                serving: &serving,
                world: &world,
                before: &before,
            };
            outcome.conditions.extend(judged.all(expected));
            before.clone_from(&serving.observed);
        }
        outcome
    }

    async fn judge(
        &self,
        test: &Test,
        expected: &Expected,
        serving: &Serving,
        outcome: &mut Outcome,
    ) {
        let exchanges = Exchanges {
            house: self,
            serving,
            test,
        };
        for exchange in &expected.requests {
            let result = exchanges.made(exchange).await;
            let said = |fault| format!("{}: {fault}", exchange.request);
            outcome.requests.push(result.map_err(said));
        }
    }
}

/// The pod that answered, without the number of its replica.
pub(crate) fn backend(got: &Got) -> Option<String> {
    let pod = got.echo.as_ref()?["pod"].as_str()?;
    pod.rsplit_once('-').map(|(backend, _)| backend.to_owned())
}

impl House {
    /// The client of a Gateway's port.
    pub(crate) fn client(
        &self,
        serving: &Serving,
        gateway: &str,
        port: u16,
    ) -> Result<Client<'_>, String> {
        let reference = super::world::reference(&format!("Gateway/{gateway}"));
        let place = serving.place(&reference, port);
        let (said, at) = place.ok_or_else(|| format!("{gateway} serves no port {port}"))?;
        Ok(Client {
            certificates: &self.certificates,
            said,
            at,
        })
    }
}
