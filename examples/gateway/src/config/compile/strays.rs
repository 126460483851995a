//! What asks for a controller and finds none here: Gateways without a class of ours, and routes
//! without a Gateway of ours.
//!
//! Kubernetes' own objects would carry no status of this controller: they are not its to judge. A
//! directory has no other controller, so that they are told beside the objects that are.

use std::collections::BTreeMap;

use super::attach::gateway;
use super::fault::Notes;
use super::lookup::{GATEWAY, missing};
use super::{Claim, Context, Fault, Severity, State, StrayFacts};
use crate::config::object::Object;
use crate::config::resource::{GatewayClassSpec, GatewaySpec, ParentRef, Reference};
use crate::config::suggest::is_misspelled;

/// All of them, by object.
pub(super) type Strays = BTreeMap<Reference, StrayFacts>;

/// The condition that the API gives an object which no controller has looked at.
const PENDING: &str = "Pending";

/// A GatewayClass of another controller, or of one that is nearly this.
pub(super) fn class(
    context: &Context<'_>,
    object: &Object,
    spec: &GatewayClassSpec,
    notes: &mut Notes,
) -> StrayFacts {
    let (own, named) = (&context.options.controller_name, &spec.controller_name);
    if is_misspelled(named, [own.as_str()]) {
        let message = format!("waiting for controller {named}; did you mean {own:?}?");
        let fault = Fault::new("spec.controllerName", PENDING, message);
        notes.error(object, "Accepted", &fault);
        return StrayFacts::waiting(&["Accepted"], &fault.message);
    }
    let message =
        format!("controllerName {named} is not ours, which is {own}: its Gateways are left alone");
    let fault = Fault::new("spec.controllerName", PENDING, &*message);
    notes.add(Severity::Note, object, "Accepted", &fault);
    StrayFacts::left(message)
}

/// A Gateway whose class is not ours.
pub(super) fn of_class(
    context: &Context<'_>,
    object: &Object,
    spec: &GatewaySpec,
    strays: &Strays,
    notes: &mut Notes,
) -> StrayFacts {
    let class = Reference::new(GATEWAY, "GatewayClass", "", &spec.gateway_class_name);
    let mut facts = match strays.get(&class) {
        Some(class) if class.is_left() => StrayFacts::left(format!(
            "left alone: {} is not ours",
            spec.gateway_class_name
        )),
        Some(_) => {
            let message = format!("waiting for controller: that of {class}");
            StrayFacts::waiting(&["Accepted", "Programmed"], &message)
        }
        None => {
            let message = missing(&class, context.near_miss(&class));
            let message = format!("waiting for controller: {message}");
            let fault = Fault::new("spec.gatewayClassName", PENDING, message);
            notes.error(object, "Accepted", &fault);
            StrayFacts::waiting(&["Accepted", "Programmed"], &fault.message)
        }
    };
    facts.below = Some(class);
    facts
}

/// What of a route's parents is none of ours; `None` when all of them are. `served` says whether a
/// Gateway is one of ours.
pub(super) fn route(
    context: &Context<'_>,
    object: &Object,
    parents: &[ParentRef],
    strays: &Strays,
    served: impl Fn(&Reference) -> bool,
    notes: &mut Notes,
) -> Option<StrayFacts> {
    let mut found = StrayFacts::default();
    let fault = |path: &str, message: String, notes: &mut Notes| {
        let fault = Fault::new(path, "NoMatchingParent", message);
        notes.error(object, "Accepted", &fault);
        Claim::no("Accepted", fault.reason, fault.message)
    };
    if parents.is_empty() {
        let message = "has no parentRefs, so no listener serves it".to_owned();
        found.claims.push(fault("spec", message, notes));
        return Some(found);
    }
    let others: Vec<&ParentRef> = parents
        .iter()
        .filter(|parent| gateway(object, parent).is_none())
        .collect();
    for (index, parent) in parents.iter().enumerate() {
        let path = format!("spec.parentRefs[{index}]");
        let Some(wanted) = gateway(object, parent) else {
            let message = format!(
                "{} {} is no Gateway, and routes are served by Gateways alone",
                parent.kind, parent.name
            );
            if others.len() == parents.len() {
                found.claims.push(fault(&path, message, notes));
            } else {
                let fault = Fault::new(path, "NoMatchingParent", message);
                notes.add(Severity::Note, object, "Accepted", &fault);
            }
            continue;
        };
        if served(&wanted) {
            continue;
        }
        match strays.get(&wanted) {
            Some(stray) if stray.is_left() => {
                found.left = Some(format!("left alone: {wanted} is not ours"));
                found.below = Some(wanted);
            }
            Some(_) => {
                let message = format!("{wanted} waits for its controller");
                let claim = Claim::new("Accepted", State::Unknown, PENDING, message);
                found.claims.push(claim);
                found.below = Some(wanted);
            }
            None => found
                .claims
                .push(fault(&path, context.not_found(&wanted), notes)),
        }
    }
    (!found.claims.is_empty() || found.left.is_some()).then_some(found)
}
