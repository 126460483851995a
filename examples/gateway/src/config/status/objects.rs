//! `status` of each kind, in the shapes of their CRDs.

use serde::Serialize;

use super::Condition;
use crate::config::compile::AncestorRef;
use crate::config::resource::{ParentRef, RouteGroupKind};

/// `status` of an object; it serialises to exactly that.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ObjectStatus {
    /// Of a GatewayClass.
    Class(ClassStatus),
    /// Of a Gateway.
    Gateway(GatewayStatus),
    /// Of an HTTPRoute or GRPCRoute.
    Route(RouteStatus),
    /// Of an AgentgatewayBackend.
    Backend(BackendStatus),
    /// Of an AgentgatewayPolicy.
    Policy(PolicyStatus),
}

/// `GatewayClass.status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClassStatus {
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// The features of Gateway API that are served, by name.
    pub supported_features: Vec<SupportedFeature>,
}

/// A feature of Gateway API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SupportedFeature {
    /// Its name.
    pub name: &'static str,
}

/// `Gateway.status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GatewayStatus {
    /// The addresses that it is reached at.
    pub addresses: Vec<StatusAddress>,
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// Its listeners.
    pub listeners: Vec<ListenerStatus>,
}

/// An address that a Gateway is reached at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct StatusAddress {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The address.
    pub value: String,
}

/// A listener in the status of its Gateway.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListenerStatus {
    /// Its name.
    pub name: String,
    /// The kinds of routes that may attach.
    pub supported_kinds: Vec<RouteGroupKind>,
    /// How many accepted routes are attached.
    pub attached_routes: usize,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

/// `HTTPRoute.status` and `GRPCRoute.status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RouteStatus {
    /// One for each parentRef to a Gateway of ours.
    pub parents: Vec<ParentStatus>,
}

/// What one parentRef led to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ParentStatus {
    /// The parentRef as it stands in the route.
    pub parent_ref: ParentRef,
    /// Who says so.
    pub controller_name: String,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

/// `AgentgatewayBackend.status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BackendStatus {
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

/// `AgentgatewayPolicy.status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PolicyStatus {
    /// One for each Gateway that it has an effect on.
    pub ancestors: Vec<AncestorStatus>,
}

/// A policy on one Gateway.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AncestorStatus {
    /// The Gateway, or the summary.
    pub ancestor_ref: AncestorRef,
    /// Who says so.
    pub controller_name: String,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

impl ObjectStatus {
    /// All conditions in it, each with the part of the object that it is about: a listener, a
    /// parent, an ancestor; empty for the object as a whole.
    pub fn conditions(&self) -> impl Iterator<Item = (String, &Condition)> {
        let found: Vec<(String, &Condition)> = match self {
            Self::Class(status) => whole(&status.conditions),
            Self::Backend(status) => whole(&status.conditions),
            Self::Gateway(status) => {
                let own = status.conditions.iter().map(|it| (String::new(), it));
                let listeners = status.listeners.iter().flat_map(|listener| {
                    let of = |it| (listener.name.clone(), it);
                    listener.conditions.iter().map(of)
                });
                own.chain(listeners).collect()
            }
            Self::Route(status) => {
                let parents = status.parents.iter().flat_map(|parent| {
                    let name = match &parent.parent_ref.section_name {
                        Some(section) => format!("{}/{section}", parent.parent_ref.name),
                        None => parent.parent_ref.name.clone(),
                    };
                    parent.conditions.iter().map(move |it| (name.clone(), it))
                });
                parents.collect()
            }
            Self::Policy(status) => {
                let ancestors = status.ancestors.iter().flat_map(|ancestor| {
                    let name = &ancestor.ancestor_ref.name;
                    ancestor.conditions.iter().map(|it| (name.clone(), it))
                });
                ancestors.collect()
            }
        };
        found.into_iter()
    }
}

fn whole(all: &[Condition]) -> Vec<(String, &Condition)> {
    all.iter().map(|it| (String::new(), it)).collect()
}
