//! What is known of each object after compilation, apart from time and sockets.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Diagnosis;
use crate::config::redact::Hidden;
use crate::config::resource::{Address, ParentRef, Reference, RouteGroupKind};

/// What is known of each object that is ours to judge.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Facts {
    /// The controller name in whose name conditions are written.
    pub controller: String,
    /// GatewayClasses of this controller.
    pub classes: BTreeMap<Reference, ClassFacts>,
    /// Gateways of these classes.
    pub gateways: BTreeMap<Reference, GatewayFacts>,
    /// HTTPRoutes and GRPCRoutes with a parent among these Gateways.
    pub routes: BTreeMap<Reference, RouteFacts>,
    /// AgentgatewayBackends.
    pub backends: BTreeMap<Reference, BackendFacts>,
    /// AgentgatewayPolicies.
    pub policies: BTreeMap<Reference, PolicyFacts>,
    /// Classes, Gateways and routes that no Gateway of this controller serves. Their status is not
    /// this controller's to write.
    pub strays: BTreeMap<Reference, StrayFacts>,
    pub(crate) diagnoses: Vec<Diagnosis>,
}

impl Facts {
    /// Everything that `check` has to say, what matters most first.
    #[must_use]
    pub fn diagnoses(&self) -> &[Diagnosis] {
        &self.diagnoses
    }

    /// Forgets what is known of other Gateways, and of what has to do with them alone.
    pub(super) fn only(&mut self, serves: impl Fn(&Reference) -> bool) {
        let mut others = self.gateways.keys().filter(|gateway| !serves(gateway));
        if others.next().is_none() {
            return;
        }
        self.routes.retain(|_, route| {
            route.parents.retain(|parent| serves(&parent.gateway));
            !route.parents.is_empty()
        });
        let summary = AncestorRef::summary();
        let gateways = self.gateways.keys().filter(|gateway| serves(gateway));
        let told: BTreeSet<_> = gateways
            .map(AncestorRef::gateway)
            .chain([summary])
            .collect();
        for policy in self.policies.values_mut() {
            policy.ancestors.retain(|it| told.contains(&it.ancestor));
        }
        self.gateways.retain(|gateway, _| serves(gateway));
    }

    /// Takes what is never shown out of all that is told.
    pub(crate) fn scrub(&mut self, hidden: &Hidden) {
        if hidden.is_empty() {
            return;
        }
        for diagnosis in &mut self.diagnoses {
            let texts = [&mut diagnosis.path, &mut diagnosis.message];
            for text in texts.into_iter().chain(&mut diagnosis.remedy) {
                hidden.scrub_in(text);
            }
        }
        self.claims(&mut |claim| hidden.scrub_in(&mut claim.message));
        let strays = self.strays.values_mut();
        let left = strays.filter_map(|stray| stray.left.as_mut());
        left.for_each(|left| hidden.scrub_in(left));
    }

    /// Calls this with every condition.
    fn claims(&mut self, with: &mut dyn FnMut(&mut Claim)) {
        let classes = self.classes.values_mut();
        classes.for_each(|class| class.claims.iter_mut().for_each(&mut *with));
        for gateway in self.gateways.values_mut() {
            with(&mut gateway.accepted);
            with(&mut gateway.resolved);
            gateway.insecure.iter_mut().for_each(&mut *with);
            for listener in &mut gateway.listeners {
                with(&mut listener.accepted);
                with(&mut listener.resolved);
                with(&mut listener.conflicted);
                listener.overlapping.iter_mut().for_each(&mut *with);
            }
        }
        let parents = self
            .routes
            .values_mut()
            .flat_map(|route| &mut route.parents);
        parents.for_each(|parent| parent.claims.iter_mut().for_each(&mut *with));
        let backends = self.backends.values_mut();
        backends.for_each(|backend| backend.claims.iter_mut().for_each(&mut *with));
        for stray in self.strays.values_mut() {
            stray.claims.iter_mut().for_each(&mut *with);
        }
        let policies = self.policies.values_mut();
        let ancestors = policies.flat_map(|policy| &mut policy.ancestors);
        ancestors.for_each(|ancestor| ancestor.claims.iter_mut().for_each(&mut *with));
    }
}

/// A condition without its times.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// Its type.
    pub kind: &'static str,
    /// Its status.
    pub status: State,
    /// Its reason.
    pub reason: &'static str,
    /// Its message.
    pub message: String,
}

impl Claim {
    /// This condition.
    #[must_use]
    pub fn new(
        kind: &'static str,
        status: State,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            status,
            reason,
            message: message.into(),
        }
    }

    /// The condition holds.
    #[must_use]
    pub fn yes(kind: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(kind, State::True, reason, message)
    }

    /// The condition does not hold.
    #[must_use]
    pub fn no(kind: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(kind, State::False, reason, message)
    }

    /// Whether it holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.status == State::True
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the three of Kubernetes")]
#[expect(missing_docs, reason = "a word says itself")]
pub enum State {
    True,
    False,
    Unknown,
}

/// A GatewayClass.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClassFacts {
    /// The generation that was judged.
    pub generation: i64,
    /// Its conditions.
    pub claims: Vec<Claim>,
}

/// A Gateway.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GatewayFacts {
    /// The generation that was judged.
    pub generation: i64,
    /// Whether all but its listeners is in order.
    pub accepted: Claim,
    /// Whether the references of its listeners resolve.
    pub resolved: Claim,
    /// Set when clients are let in whose certificates are not good.
    pub insecure: Option<Claim>,
    /// The addresses that it asks for.
    pub addresses: Vec<Address>,
    /// Those of them that cannot be listened on.
    pub unusable: Vec<String>,
    /// Its listeners, in the order of its manifest.
    pub listeners: Vec<ListenerFacts>,
}

/// A listener.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ListenerFacts {
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: u16,
    /// Whether it can be served, as far as the manifests tell.
    pub accepted: Claim,
    /// Whether its references resolve.
    pub resolved: Claim,
    /// Whether it is in conflict with another one.
    pub conflicted: Claim,
    /// Set when clients may mistake it for another one.
    pub overlapping: Option<Claim>,
    /// The kinds of routes that may attach.
    pub kinds: Vec<RouteGroupKind>,
    /// The accepted routes that are attached, by kind, namespace and name.
    pub routes: BTreeSet<Reference>,
    /// Whether it is in the snapshot.
    pub served: bool,
}

/// A route.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RouteFacts {
    /// The generation that was judged.
    pub generation: i64,
    /// One for each parentRef to a Gateway of ours, in the order of the manifest.
    pub parents: Vec<ParentFacts>,
}

/// What one parentRef of a route led to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ParentFacts {
    /// The parentRef as it stands in the route.
    pub parent: ParentRef,
    /// The Gateway.
    pub gateway: Reference,
    /// The listeners that it is attached to.
    pub listeners: Vec<String>,
    /// Its conditions.
    pub claims: Vec<Claim>,
}

/// An AgentgatewayBackend.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BackendFacts {
    /// The generation that was judged.
    pub generation: i64,
    /// Its conditions.
    pub claims: Vec<Claim>,
}

/// An AgentgatewayPolicy.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PolicyFacts {
    /// The generation that was judged.
    pub generation: i64,
    /// One for each Gateway that it has an effect on, at most 16.
    pub ancestors: Vec<AncestorFacts>,
}

/// A policy on one Gateway.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AncestorFacts {
    /// The Gateway, or the summary.
    pub ancestor: AncestorRef,
    /// Its conditions.
    pub claims: Vec<Claim>,
}

/// An object that asks for a controller, and that this one does not serve.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct StrayFacts {
    /// What it waits for, as conditions; empty when it is left to another controller.
    pub claims: Vec<Claim>,
    /// That it is left to another controller, and why.
    pub left: Option<String>,
    /// The object that it asks for, where that is a stray, too.
    pub below: Option<Reference>,
}

impl StrayFacts {
    /// It waits for something that is not there: no condition of these types is known.
    pub(super) fn waiting(kinds: &[&'static str], message: &str) -> Self {
        let claim = |kind: &&'static str| Claim::new(kind, State::Unknown, "Pending", message);
        Self {
            claims: kinds.iter().map(claim).collect(),
            ..Self::default()
        }
    }

    /// It is another controller's.
    pub(super) fn left(why: String) -> Self {
        Self {
            left: Some(why),
            ..Self::default()
        }
    }

    /// Whether it is left to another controller.
    #[must_use]
    pub fn is_left(&self) -> bool {
        self.claims.is_empty()
    }
}

/// What a policy has an effect on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct AncestorRef {
    /// The group.
    pub group: String,
    /// The kind; the summary has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The namespace; the summary has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl AncestorRef {
    /// This Gateway.
    #[must_use]
    pub fn gateway(gateway: &Reference) -> Self {
        Self {
            group: gateway.group.clone(),
            kind: Some(gateway.kind.clone()),
            namespace: Some(gateway.namespace.clone()),
            name: gateway.name.clone(),
        }
    }

    /// What stands for targets that are no ancestor, and for those beyond the sixteenth.
    #[must_use]
    pub fn summary() -> Self {
        Self {
            group: "agentgateway.dev".to_owned(),
            kind: None,
            namespace: None,
            name: "StatusSummary".to_owned(),
        }
    }
}
